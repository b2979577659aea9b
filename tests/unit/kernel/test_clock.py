"""The movable clock."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.kernel.clock import ManualClock, ShiftedClock, SystemClock


def test_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.advance(timedelta(minutes=5))
    assert clock.now() == datetime(2026, 3, 1, 0, 5, tzinfo=UTC)


def test_never_runs_backwards() -> None:
    clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="forward only"):
        clock.advance(timedelta(seconds=-1))


def test_needs_an_aware_start() -> None:
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 3, 1))  # noqa: DTZ001


def test_a_shifted_clock_follows_the_machine() -> None:
    shifted = ShiftedClock(timedelta(hours=1))
    assert timedelta(minutes=59) < shifted.now() - SystemClock().now() < timedelta(minutes=61)
