"""The service's settings: those that every service has."""

from shared.runtime import Settings


class IntelSettings(Settings):
    """Nothing of its own yet."""
