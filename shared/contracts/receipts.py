"""Receipts: what became of each submission, told to whoever made it."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.contracts.model import Code, Contract, Moment

RECEIPT: Final = "uk.nclcc.receipt.v1"
NOTICE: Final = "uk.nclcc.notice.v1"


class Verdict(StrEnum):
    """Waiting is provisional: a final one follows by `until`."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WAITING = "waiting"
    VALID = "valid"


class FieldProblem(Contract):
    """A field, the rule that it broke, and words; never the value."""

    field: str
    rule: str
    message: str


class Receipt(Contract):
    """The verdict on one submission. `event_id` is None only where the message had none to give."""

    receipt: UUID
    organisation: Code
    event_id: str | None = None
    event_type: str | None = None
    verdict: Verdict
    errors: list[FieldProblem] = []
    warnings: list[str] = []
    subject: UUID | None = None
    repeat: bool = False
    until: Moment | None = None
    at: Moment
    service: str
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None


class NoticeKind(StrEnum):
    """Why the centre's desk is alerted by a service; of `waiting_sealed`, its sealed desk alone."""

    IMPERSONATION = "impersonation"
    WAITING_URGENT = "waiting_urgent"
    WAITING_SEALED = "waiting_sealed"
    DEAD_LETTER = "dead_letter"
    AWAY = "away"


class Notice(Contract):
    """Something that a person at the centre must look at. It names ids and codes, never content."""

    notice: UUID
    kind: NoticeKind
    organisation: Code | None = None
    reference: str
    at: Moment
