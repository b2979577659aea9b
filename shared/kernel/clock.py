"""The clock port: every service asks it for the time, so that a test can move it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time that decisions are made by."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock moved by a number of seconds, which may change while it runs."""

    def __init__(self, shift: timedelta = timedelta()) -> None:
        self.shift = shift

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift


class ManualClock:
    """A clock that stands still until it is moved; for stories."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware moment")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move forward; a clock never runs backwards here."""
        if by < timedelta():
            raise ValueError("a clock is moved forward only")
        self._now += by


def monotonic() -> float:
    """Seconds on a clock that never jumps, for leases and time-outs."""
    return time.monotonic()
