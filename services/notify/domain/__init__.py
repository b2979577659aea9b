"""Decisions: which alert a task needs, who gets which inbox entry, what an answer means."""
