"""What an answer to an alert means: it counts once, and a later one is told whose the first was."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from services.notify.domain.states import ACKNOWLEDGED, OVER, Alert, Kind, TaskCopy
from shared.contracts.protect import AnswerKind, TaskStatus

CENTRE_DUTY: Final = ("nclcc", "duty")
"""Every route ends here, so that what reaches it can be declined to nobody."""


class Said(StrEnum):
    """What a person can say: seen it, or for the organisation: ours, or not ours."""

    SEEN = "seen"
    ACCEPTED = "accepted"
    DECLINED = "declined"

    @property
    def kind(self) -> AnswerKind:
        return AnswerKind.ACKNOWLEDGED if self is Said.SEEN else AnswerKind(self.value)


@dataclass(frozen=True, slots=True)
class Counted:
    """The answer stands."""

    said: Said


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer does not count. `by` is whose answer stands, where there is one."""

    why: Literal["over", "answered", "sealed", "only_seen", "last", "reason"]
    by: str | None = None
    answer: str | None = None


def accepted_by(tasks: Sequence[TaskCopy]) -> str | None:
    """Who accepted all that is left of these tasks; None where something is left to be accepted."""
    left = [task for task in tasks if not task.over]
    if not left or any(task.status != TaskStatus.ACCEPTED for task in left):
        return None
    return left[0].answered_by or "Somebody"


def is_last(alert: Alert) -> bool:
    """Whether nobody is left to decline it to."""
    return (alert.organisation, alert.desk) == CENTRE_DUTY


def decide_answer(
    alert: Alert, tasks: Sequence[TaskCopy], said: Said, reason: str | None, way: Literal["link", "api"]
) -> Counted | Refused:
    """Whether this answer counts.

    To have seen it and to be responsible for it are two things: after the first somebody may still accept or
    decline. A sealed alert's link proves too little for more than having been seen. What was answered elsewhere,
    by topic or to safeguarding, stands like what was answered here.
    """
    if alert.answer in (Said.ACCEPTED, Said.DECLINED):
        by = accepted_by(tasks) if alert.answer == Said.ACCEPTED else None
        return Refused("answered", by or alert.acknowledged_by, alert.answer)
    if alert.status == OVER:
        return Refused("over")
    if said is Said.SEEN:
        seen = alert.answer or alert.status == ACKNOWLEDGED
        return Refused("answered", alert.acknowledged_by, alert.answer or _stands(tasks)) if seen else Counted(said)
    if alert.kind is not Kind.TASKS:
        return Refused("only_seen")
    if alert.sealed and way == "link":
        return Refused("sealed")
    if (by := accepted_by(tasks)) is not None:
        return Refused("answered", by, Said.ACCEPTED.value)
    if said is Said.DECLINED and is_last(alert):
        return Refused("last")
    if said is Said.DECLINED and not (reason or "").strip():
        return Refused("reason")
    return Counted(said)


def _stands(tasks: Sequence[TaskCopy]) -> str:
    return (Said.ACCEPTED if accepted_by(tasks) else Said.SEEN).value
