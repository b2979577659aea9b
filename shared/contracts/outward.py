"""What leaves the centre: inbox entries and the national streams, as integrators receive them.

Each model holds the fields that some reader may see by the disclosure rules; the projection itself is made there.
Only what every reader of the topic gets is required.
"""

from typing import Any
from uuid import UUID

from shared.contracts.model import Code, Contract, Moment, Short, Urgency
from shared.contracts.protect import Recipient, TaskChange, TaskStatus
from shared.contracts.pursue import Status, Verb
from shared.contracts.receipts import FieldProblem, Verdict


class InboxReceipt(Contract):
    """What became of a submission of this organisation."""

    receipt: UUID
    event_id: str | None = None
    event_type: str | None = None
    verdict: Verdict
    errors: list[FieldProblem] = []
    warnings: list[str] = []
    subject: UUID | None = None
    repeat: bool = False
    until: Moment | None = None
    at: Moment


class InboxTask(Contract):
    """A Protect task as its recipient, or the force that acted, may see it. One that was withdrawn is its id alone."""

    task: UUID
    version: int
    change: TaskChange
    status: TaskStatus
    rule: Short | None = None
    title: Short | None = None
    recipient: Recipient | None = None
    urgency: Urgency | None = None
    raised_at: Moment | None = None
    due_at: Moment | None = None
    acting: Code | None = None
    pursue_action: UUID | None = None
    playbook: Short | None = None
    legal_basis: list[str] = []
    minimum: dict[str, Any] = {}
    missing: list[str] = []
    answered_by: str | None = None
    answered_for: Code | None = None
    reason: str | None = None


class NationalTask(Contract):
    """A Protect task as those cleared for the national stream may see it: nothing of whom it concerns."""

    task: UUID
    version: int
    change: TaskChange
    status: TaskStatus
    rule: Short
    title: Short
    recipient: Recipient
    urgency: Urgency
    raised_at: Moment
    due_at: Moment
    acting: Code
    pursue_action: UUID


class NationalAction(Contract):
    """A Pursue action as those cleared for the national stream may see it."""

    pursue_action: UUID
    acting: Code
    version: int
    change: Verb
    status: Status
    urgency: Urgency
    districts: list[str] = []
    occurred_at: Moment
