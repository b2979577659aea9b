"""The ways out to a person: what may be said, to what address, and what became of it."""
