"""Tasking: Pursue actions, their life and history, and what changed, for everyone who must act on it."""
