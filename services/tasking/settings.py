"""Tasking's settings: those of every service."""

from shared.runtime import Settings


class TaskingSettings(Settings):
    """Nothing of its own so far; the name is where a setting of tasking goes."""
