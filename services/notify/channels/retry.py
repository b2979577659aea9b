"""When a failed hand-over is tried again, and when the contact's next channel takes its place."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from services.notify.channels.message import Failed


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential back-off with full jitter inside a budget of attempts and of time.

    The budget is far shorter than the first escalation delay (5 minutes), so that a person's next channel is
    tried before somebody else is woken.
    """

    first_wait: timedelta = timedelta(seconds=1)
    longest_wait: timedelta = timedelta(seconds=30)
    most_attempts: int = 4
    most_time: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Attempts:
    """What has been tried on one channel for one contact: how often, and since when."""

    count: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try the same channel again at this moment."""

    at: datetime


@dataclass(frozen=True, slots=True)
class NextChannel:
    """This channel is given up for this alert and contact: the failure's code, or `budget_spent`."""

    reason: str


STANDARD = RetryPolicy()


def decide_retry(
    attempts: Attempts, outcome: Failed, now: datetime, rng: Random, policy: RetryPolicy = STANDARD
) -> RetryAt | NextChannel:
    """Decide after a failure; `attempts` counts the one that just failed.

    Full jitter (a uniform draw from nought to the back-off) spreads the repeats of many alerts that failed at
    the same moment. A provider's own `retry_after` is kept to; a budget that is shorter gives the channel up.
    """
    if not outcome.retryable:
        return NextChannel(outcome.reason)
    at = now + _wait(attempts.count, outcome, rng, policy)
    if attempts.count >= policy.most_attempts or at > attempts.first_at + policy.most_time:
        return NextChannel("budget_spent")
    return RetryAt(at)


def _wait(count: int, outcome: Failed, rng: Random, policy: RetryPolicy) -> timedelta:
    # The exponent is capped: 1 << 1000 seconds do not fit into a timedelta.
    ceiling = min(policy.longest_wait, policy.first_wait * (1 << min(count - 1, 20)))
    return max(ceiling * rng.random(), outcome.retry_after or timedelta())
