"""The shapes that decisions are made of: an action, what was heard about it, and what is known besides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.contracts.model import Mode, Urgency
from shared.contracts.pursue import Status, Verb
from shared.contracts.receipts import Verdict as ReceiptVerdict
from shared.disclosure import may_be_told
from shared.kernel.errors import FieldError

Details = Mapping[str, Any]
"""A `PursueDetails` in its JSON form, without what is None."""


@dataclass(frozen=True, slots=True)
class Action:
    """A Pursue action as it stands. `details` is None only where nothing but its retraction was ever heard.

    `version` counts our changes, `revision` is the last of the force's submissions that was applied; `skipped` are
    the ranges of revisions that one which may not wait has overtaken. `sealed` means that partners hear nothing.
    """

    id: UUID
    acting: str
    action_id: UUID
    version: int
    revision: int
    status: Status
    change: Verb
    sealed: bool
    backfill: bool
    occurred_at: datetime
    submission_id: str
    changed: tuple[str, ...] = ()
    details: Details | None = None
    reason: str | None = None
    lead: UUID | None = None
    parts: tuple[Mapping[str, Any], ...] = ()
    skipped: tuple[tuple[int, int], ...] = ()

    @property
    def urgency(self) -> Urgency | None:
        """How urgent its force says it is; None where that was never heard."""
        return Urgency(self.details["urgency"]) if self.details else None

    @property
    def listed(self) -> frozenset[str]:
        """The organisations that this action, as a lead, names as its parts."""
        return frozenset(self.details.get("parts", ())) if self.details else frozenset()

    def overtook(self, revision: int) -> bool:
        """Whether this revision had not come when a later one was applied."""
        return any(first <= revision <= last for first, last in self.skipped)


@dataclass(frozen=True, slots=True)
class Heard:
    """One well-formed submission about one action. `lead` is the id of the joint action that it is a part of."""

    id: UUID
    acting: str
    action_id: UUID
    event_id: str
    verb: Verb
    revision: int
    mode: Mode
    occurred_at: datetime
    details: Details | None = None
    reason: str | None = None
    note: str | None = None
    lead: UUID | None = None

    @property
    def never_waits(self) -> bool:
        """An execution, a retraction and a risk to life with the whole state are applied whatever is missing."""
        return self.verb in (Verb.EXECUTED, Verb.RETRACTED) or self.life_risk

    @property
    def life_risk(self) -> bool:
        return self.details is not None and self.details["urgency"] == Urgency.LIFE_RISK

    @property
    def seals(self) -> bool:
        """Whether it asks for the action to stay sealed: only what is planned can be."""
        planned = self.verb in (Verb.PROPOSED, Verb.AUTHORISED, Verb.AMENDED)
        return planned and self.details is not None and bool(self.details.get("sealed"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submission that waits for the one before it, at most until `until`."""

    heard: Heard
    until: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that its organisation may name for something sealed."""

    named: bool
    valid_until: datetime | None = None

    def may_be_told(self, now: datetime) -> bool:
        return may_be_told(self.named, self.valid_until, now)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known besides the action, copied from other services' topics.

    `contacts` by (organisation, contact); `leads` are the parts that each known joint action lists.
    """

    contacts: Mapping[tuple[str, str], Contact] = field(default_factory=dict)
    lines: frozenset[UUID] = frozenset()
    enrolled: frozenset[str] = frozenset()
    leads: Mapping[UUID, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one submission, for its receipt."""

    heard: Heard
    verdict: ReceiptVerdict
    errors: tuple[FieldError, ...] = ()
    warnings: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an action, and the submission that made it."""

    heard: Heard
    action: Action


@dataclass(slots=True)
class Course:
    """Where an action stands after a batch, each change on the way, and the last word on each submission."""

    action: Action | None
    waiting: dict[int, Waiting]
    steps: list[Step] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def said(self) -> Sequence[Verdict]:
        return list(self.verdicts.values())
