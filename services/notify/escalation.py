"""Who is told next about an alert that nobody has acknowledged: facts in, changes out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from services.notify.channels.message import Urgency

AlertStatus = Literal["open", "acknowledged", "withdrawn", "closed"]
TargetKind = Literal["rota", "contact", "desk"]


@dataclass(frozen=True, slots=True)
class Target:
    """Who stands on a rung: whoever is on call on a desk's rota, one contact, or everybody on a desk.

    `ref` is `<organisation>/<desk>` for a rota or a desk, and `<organisation>/<contact id>` for a contact.
    """

    kind: TargetKind
    ref: str


DUTY_DESK = Target("desk", "nclcc/duty")
SEALED_DESK = Target("desk", "nclcc/sealed")


@dataclass(frozen=True, slots=True)
class NextShift:
    """A step's delay that lasts until the next shift starts; `otherwise` where no rota says when that is."""

    otherwise: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Step:
    """`delay` is the time that this step's targets have before the next step's are told as well."""

    delay: timedelta | NextShift
    targets: tuple[Target, ...]

    def __post_init__(self) -> None:
        least = self.delay.otherwise if isinstance(self.delay, NextShift) else self.delay
        if least <= timedelta():
            raise ValueError("delay: longer than nothing")


@dataclass(frozen=True, slots=True)
class Policy:
    """The steps, run through `repeat` more times, and then the fallback, which every policy has."""

    steps: tuple[Step, ...]
    repeat: int = 0
    fallback: Target = DUTY_DESK

    def __post_init__(self) -> None:
        if not self.steps or self.repeat < 0:
            raise ValueError("steps, repeat: at least one step, and no negative repeat")

    @property
    def ladder(self) -> tuple[Step, ...]:
        """Every step in the order of climbing; the fallback stands behind the last."""
        return self.steps * (self.repeat + 1)


@dataclass(frozen=True, slots=True)
class AlertState:
    """What the alert's row says. `raised_at` is when notify recorded it, not when the case began.

    `position` counts rungs of the ladder from 0, its length being the fallback; None before the first
    decision. `told` holds the refs of contacts who have been told of this alert at any time.
    """

    status: AlertStatus
    raised_at: datetime
    sealed: bool = False
    position: int | None = None
    deadline: datetime | None = None
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What was gathered for the decision, as of now."""

    reachable: Mapping[Target, tuple[str, ...]]
    """For each target the refs of the contacts who stand behind it and have a channel. Absent: nobody."""
    shift_starts: tuple[datetime, ...] = ()
    """The recipient's shift starts after the alert's last deadline (or its raising), in order; needed where a
    step waits for one: as many as there are steps."""
    subject_over: bool = False
    """What the alert is about is already done, withdrawn or only backfilled: nobody is to be woken for it."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Hand the alert over to this contact."""

    contact: str
    target: Target
    position: int


@dataclass(frozen=True, slots=True)
class ReachedNobody:
    """A rung with nobody behind it, passed without waiting. On the fallback it is an alarm for operators."""

    position: int
    targets: tuple[Target, ...]
    fallback: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """The alert now stands here. `deadline` None: it stays at the fallback until somebody answers."""

    position: int
    deadline: datetime | None
    fallback: bool


@dataclass(frozen=True, slots=True)
class EndedQuietly:
    """The subject was over before anybody was told, or since: the alert closes and nobody hears of it."""


Change = Tell | ReachedNobody | Moved | EndedQuietly

_UNMANNED_AGAIN = timedelta(minutes=1)
_MINUTES: Mapping[Urgency, tuple[int, ...]] = {"life_risk": (5, 10, 15), "urgent": (15, 30, 60)}


def default_delays(urgency: Urgency) -> tuple[timedelta | NextShift, ...]:
    """The starting delays of the domain facts ("Alerts"), read as times since the alert was raised.

    Of the two readings (since it was raised, or since the step before) this is the one that reaches the
    fallback sooner: life risk after 15 minutes, urgent after 60.
    """
    if urgency == "routine":
        return (NextShift(), NextShift())
    marks = (0, *_MINUTES[urgency])
    return tuple(timedelta(minutes=after - before) for before, after in pairwise(marks))


def default_policy(urgency: Urgency, desk: str) -> Policy:
    """For a desk (`<organisation>/<desk>`): who is on call, then the whole desk too, then it once more."""
    on_call, everybody = Target("rota", desk), Target("desk", desk)
    rungs = ((on_call,), (on_call, everybody), (everybody,))
    delays = default_delays(urgency)
    return Policy(tuple(Step(delay, rung) for delay, rung in zip(delays, rungs, strict=False)))


def sealed_policy(urgency: Urgency, named: Sequence[str], officer: str) -> Policy:
    """For a sealed alert: named contacts (refs), the acting force's named officer, the named sealed desk."""
    delays = default_delays(urgency)
    rungs = (tuple(Target("contact", ref) for ref in named), (Target("contact", officer),))
    return Policy(tuple(Step(delay, rung) for delay, rung in zip(delays, rungs, strict=False)), 0, SEALED_DESK)


def decide_escalation(alert: AlertState, policy: Policy, now: datetime, facts: Facts) -> list[Change]:
    """Decide what is due by now; called when an alert is raised and whenever its deadline has passed.

    Deadlines follow from one another and not from when they were noticed, so neither a slow channel nor an
    outage moves the clock. After an outage the alert goes to the rung that is due now: its targets are told,
    and of the rungs in between only those who have not been told yet.
    """
    if alert.status != "open":
        return []
    if facts.subject_over:
        return [EndedQuietly()]
    if alert.position is not None and (alert.deadline is None or now < alert.deadline):
        return []
    return _climb(alert, _confined(policy, sealed=alert.sealed), now, facts)


def _confined(policy: Policy, *, sealed: bool) -> Policy:
    """Whatever policy is handed in, a sealed alert meets named contacts and the sealed desk alone.

    A mistake here must neither leak nor lose the alert, so other targets are taken out instead of refused.
    """
    if not sealed:
        return policy
    steps = tuple(
        Step(step.delay, tuple(target for target in step.targets if target.kind == "contact")) for step in policy.steps
    )
    return Policy(steps, policy.repeat, SEALED_DESK)


def _climb(alert: AlertState, policy: Policy, now: datetime, facts: Facts) -> list[Change]:
    position, entered = _entry(alert, policy)
    told, changes = set(alert.told), list[Change]()
    while position < len(policy.ladder):
        step = policy.ladder[position]
        reached = _behind(step.targets, facts)
        deadline = _deadline(step.delay, entered, facts) if reached else entered
        due = bool(reached) and now < deadline
        changes += _tell(position, reached, set() if due else told)
        told |= reached.keys()
        if due:
            return [*_once_each(changes), Moved(position, deadline, fallback=False)]
        if not reached:
            changes.append(ReachedNobody(position, step.targets, fallback=False))
        position, entered = position + 1, deadline
    return _once_each([*changes, *_at_fallback(policy, now, facts)])


def _entry(alert: AlertState, policy: Policy) -> tuple[int, datetime]:
    """The rung to look at next, and the moment at which the clock on it began to run."""
    if alert.position is None or alert.deadline is None:
        return 0, alert.raised_at
    return min(alert.position + 1, len(policy.ladder)), alert.deadline


def _at_fallback(policy: Policy, now: datetime, facts: Facts) -> list[Change]:
    position, reached = len(policy.ladder), _behind((policy.fallback,), facts)
    if reached:
        return [*_tell(position, reached, set()), Moved(position, None, fallback=True)]
    return [
        ReachedNobody(position, (policy.fallback,), fallback=True),
        Moved(position, now + _UNMANNED_AGAIN, fallback=True),
    ]


def _deadline(delay: timedelta | NextShift, entered: datetime, facts: Facts) -> datetime:
    if isinstance(delay, timedelta):
        return entered + delay
    return next((start for start in facts.shift_starts if start > entered), entered + delay.otherwise)


def _behind(targets: Iterable[Target], facts: Facts) -> dict[str, Target]:
    """Each contact once, with the first target that leads to it, in the order of the targets."""
    reached: dict[str, Target] = {}
    for target in targets:
        for contact in facts.reachable.get(target, ()):
            reached.setdefault(contact, target)
    return reached


def _tell(position: int, reached: Mapping[str, Target], except_for: set[str]) -> list[Change]:
    return [Tell(contact, target, position) for contact, target in reached.items() if contact not in except_for]


def _once_each(changes: Sequence[Change]) -> list[Change]:
    """One decision tells each contact once, from the rung reached last."""
    last = {change.contact: change for change in changes if isinstance(change, Tell)}
    return [change for change in changes if not isinstance(change, Tell) or last[change.contact] is change]
