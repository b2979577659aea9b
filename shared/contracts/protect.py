"""Protect tasks: what safeguarding says when one is raised or changes, and what organisations answer."""

from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.model import Code, Contract, Moment, Ref, Short, Text, Urgency

PREFIX: Final = "uk.nclcc.protect-task."


class TaskChange(StrEnum):
    """What happened to a task; its event's type."""

    RAISED = "raised"
    CHANGED = "changed"
    RELEASED = "released"
    SEEN = "seen"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REROUTED = "rerouted"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    STOOD_DOWN = "stood-down"
    RETRACTED = "retracted"

    @property
    def type(self) -> str:
        return f"{PREFIX}{self.value}.v1"


class TaskStatus(StrEnum):
    """Where a task stands. `held` exists sealed and is known to nobody."""

    HELD = "held"
    RAISED = "raised"
    ACCEPTED = "accepted"
    DONE = "done"
    WITHDRAWN = "withdrawn"

    @property
    def live(self) -> bool:
        return self in (TaskStatus.HELD, TaskStatus.RAISED, TaskStatus.ACCEPTED)


class Recipient(Contract):
    """Who must act: an organisation, and the desk inside it."""

    organisation: Code
    desk: Short


class ProtectTask(Contract):
    """The whole state of a task after a change.

    `minimum` is what this recipient may have and nothing more; a sealed task carries none of it here.
    `together` is equal for the tasks that arose together for one recipient: they make one message.
    `named` are the only contacts who may know of a sealed task, in the order in which its alerts climb.
    """

    task: UUID
    pursue_action: UUID
    acting: Code
    acting_contact: Ref | None = None
    version: int
    change: TaskChange
    status: TaskStatus
    rule: Short
    title: Short
    playbook: Short
    recipient: Recipient
    previous_recipient: Recipient | None = None
    urgency: Urgency
    raised_at: Moment
    due_at: Moment
    legal_basis: list[str] = []
    minimum: dict[str, Any] = {}
    missing: list[str] = []
    together: UUID
    sealed: bool = False
    named: list[Ref] = []
    backfill: bool = False
    answered_by: str | None = None
    answered_for: Code | None = None
    reason: str | None = None


TASK_EVENTS: Final[dict[str, type[Contract]]] = {change.type: ProtectTask for change in TaskChange}


class AnswerKind(StrEnum):
    """What an organisation can say to a task: seen it, responsible for it, not ours, or done."""

    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"

    @property
    def type(self) -> str:
        return f"uk.nclcc.protect-response.{self.value}.v1"


class ProtectResponse(Contract):
    """An organisation's answer to one of its tasks. A decline gives a reason."""

    task: UUID
    by: Short
    reason: Text | None = None
    note: Text | None = None


class Decline(ProtectResponse):
    """A decline must say why, and goes to the next in the route."""

    reason: Text
    whose: Code | None = None


RESPONSES: Final[dict[str, type[Contract]]] = {
    AnswerKind.ACKNOWLEDGED.type: ProtectResponse,
    AnswerKind.ACCEPTED.type: ProtectResponse,
    AnswerKind.DECLINED.type: Decline,
    AnswerKind.DONE.type: ProtectResponse,
}

ANSWERED: Final = "uk.nclcc.notify.answered.v1"


class Answered(Contract):
    """What a person answered through notify (link or API), for safeguarding to decide on."""

    answer: UUID
    task: UUID
    organisation: Code
    kind: AnswerKind
    by: Short
    reason: Text | None = None
    whose: Code | None = None
    at: Moment
    way: Literal["link", "api"]
    alert: UUID | None = None


class Candidate(Contract):
    """One possible answer to where a place is, with its share of the postcodes there."""

    organisation: Code
    share: Annotated[float, Field(ge=0, le=1)]
