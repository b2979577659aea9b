"""The retry decision by table."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from services.notify.channels.message import Failed
from services.notify.channels.retry import Attempts, NextChannel, RetryAt, RetryPolicy, decide_retry

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
PASSING = Failed(retryable=True, reason="http_503")


class Always(Random):
    """Draws the same share each time."""

    def __init__(self, share: float) -> None:
        super().__init__(0)
        self._share = share

    def random(self) -> float:
        return self._share


@pytest.mark.parametrize(
    ("count", "share", "seconds"), [(1, 1.0, 1), (1, 0.0, 0), (2, 1.0, 2), (3, 1.0, 4), (3, 0.5, 2)]
)
def test_the_wait_doubles_and_is_drawn_from_nought(count: int, share: float, seconds: float) -> None:
    decided = decide_retry(Attempts(count, NOW), PASSING, NOW, Always(share))
    assert decided == RetryAt(NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("attempts", "outcome", "reason"),
    [
        (Attempts(1, NOW), Failed(retryable=False, reason="http_400"), "http_400"),
        (Attempts(4, NOW), PASSING, "budget_spent"),
        (Attempts(2, NOW - timedelta(seconds=59)), PASSING, "budget_spent"),
        (Attempts(1, NOW), Failed(True, "http_429", timedelta(hours=1)), "budget_spent"),
    ],
)
def test_gives_the_channel_up(attempts: Attempts, outcome: Failed, reason: str) -> None:
    assert decide_retry(attempts, outcome, NOW, Always(1.0)) == NextChannel(reason)


def test_waits_as_long_as_the_provider_asks() -> None:
    outcome = Failed(True, "http_429", timedelta(seconds=20))
    assert decide_retry(Attempts(1, NOW), outcome, NOW, Always(0.0)) == RetryAt(NOW + timedelta(seconds=20))


def test_the_longest_wait_holds_for_any_count() -> None:
    policy = RetryPolicy(most_attempts=10_000, most_time=timedelta(days=3))
    decided = decide_retry(Attempts(5_000, NOW), PASSING, NOW, Always(1.0), policy)
    assert decided == RetryAt(NOW + policy.longest_wait)
