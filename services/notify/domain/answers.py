"""What an answer to an alert means: it counts once, and a later one is told whose the first was."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from services.notify.domain.states import OVER, Alert, Kind
from shared.contracts.protect import AnswerKind


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

    why: Literal["over", "answered", "sealed", "only_seen", "reason"]
    by: str | None = None
    answer: str | None = None


def decide_answer(alert: Alert, said: Said, reason: str | None, way: Literal["link", "api"]) -> Counted | Refused:
    """Whether this answer counts.

    To have seen it and to be responsible for it are two things: after the first somebody may still accept or
    decline. A sealed alert's link proves too little for more than having been seen.
    """
    if alert.answer in (Said.ACCEPTED, Said.DECLINED) or (alert.answer and said is Said.SEEN):
        return Refused("answered", alert.acknowledged_by, alert.answer)
    if alert.status == OVER:
        return Refused("over")
    if said is not Said.SEEN and alert.kind is not Kind.TASKS:
        return Refused("only_seen")
    if said is not Said.SEEN and alert.sealed and way == "link":
        return Refused("sealed")
    if said is Said.DECLINED and not (reason or "").strip():
        return Refused("reason")
    return Counted(said)
