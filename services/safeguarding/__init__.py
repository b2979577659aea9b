"""Safeguarding: whom a Pursue action concerns, who must act for them, and what became of it."""
