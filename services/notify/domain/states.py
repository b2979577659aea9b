"""A task and an alert as notify knows them: what decisions read and return."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.notify.channels.message import Urgency

OPEN: Final = "open"
ACKNOWLEDGED: Final = "acknowledged"
FALLBACK: Final = "fallback"
OVER: Final = "over"


class Kind(StrEnum):
    """What an alert is about; only tasks can be accepted or declined, all else is merely seen."""

    TASKS = "tasks"
    NOTICE = "notice"
    STAND_DOWN = "stand_down"
    RETRACTION = "retraction"


@dataclass(slots=True)
class TaskCopy:
    """A Protect task, as far as alerts need it. `answered`: somebody has seen or accepted it.

    `alerts` are all that it ever had, the present one last: who was told by an earlier one hears of its end too.
    """

    task: UUID
    version: int
    pursue_action: UUID
    acting: str
    organisation: str
    desk: str
    status: str
    urgency: Urgency
    title: str
    raised_at: datetime
    due_at: datetime
    sealed: bool
    together: UUID
    answered_by: str | None = None
    answered: bool = False
    alert: UUID | None = None
    alerts: list[str] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.status in ("done", "withdrawn")


@dataclass(slots=True)
class Alert:
    """An alert's row. `step` is None until somebody was to be told; `told` are refs of contacts."""

    alert: UUID
    reference: str
    kind: Kind
    organisation: str
    desk: str
    urgency: Urgency
    began_at: datetime
    raised_at: datetime
    about: str | None = None
    status: str = OPEN
    version: int = 0
    step: int | None = None
    sealed: bool = False
    named: list[str] = field(default_factory=list)
    officer: str | None = None
    tasks: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    handed_over_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    answer: str | None = None
    next_deadline: datetime | None = None

    @property
    def waiting(self) -> bool:
        """Nobody has answered it yet."""
        return self.status in (OPEN, FALLBACK)


def decide_status(alert: Alert, tasks: Iterable[TaskCopy]) -> str:
    """Where an alert about tasks stands now that they changed.

    Over once none of its tasks is left to be done here; acknowledged once somebody has seen or accepted each
    that is (one of several is not enough: the others would lie unread).
    """
    left = [task for task in tasks if not task.over]
    if alert.status == OVER or not left:
        return OVER
    if alert.waiting and all(task.answered for task in left):
        return ACKNOWLEDGED
    return alert.status
