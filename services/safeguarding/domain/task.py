"""A Protect task as safeguarding keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import orjson

from shared.contracts.protect import TaskChange, TaskStatus
from shared.disclosure import Guarded

SEALED_TITLE: Final = "A sealed task: open it to read it"


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `minimum` is empty while it is sealed: then it is built from the action whenever it is read.

    `told` says whether anybody was ever told of it; `digest` is of the content, to see whether it changed.
    `route` are the (organisation, desk) pairs still to be asked, `declines` the ones that said no.
    """

    task: UUID
    pursue_action: UUID
    acting: str
    version: int
    status: TaskStatus
    rule: str
    playbook: str
    title: str
    organisation: str
    desk: str
    urgency: str
    nation: str
    raised_at: datetime
    due_at: datetime
    together: UUID
    digest: str
    changed_at: datetime
    acting_contact: str | None = None
    previous_organisation: str | None = None
    previous_desk: str | None = None
    legal_basis: list[str] = field(default_factory=list)
    minimum: Mapping[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    sealed: bool = False
    told: bool = False
    retracted: bool = False
    named: list[str] = field(default_factory=list)
    backfill: bool = False
    people: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    context: Mapping[str, Any] = field(default_factory=dict)
    route: list[list[str]] = field(default_factory=list)
    declines: list[dict[str, str]] = field(default_factory=list)
    seen_at: datetime | None = None
    answered_by: str | None = None
    answered_for: str | None = None
    reason: str | None = None

    @property
    def guarded(self) -> Guarded:
        """What the one visibility function decides by."""
        return Guarded(
            acting=self.acting,
            recipients=frozenset({self.organisation}),
            sealed=self.sealed,
            named=frozenset(self.named),
        )


COLUMNS: Final = tuple(one.name for one in fields(Task))


@dataclass(frozen=True, slots=True)
class Change:
    """A task after a change. `change` is None for what nobody hears of; `told_status` if they hear another status."""

    task: Task
    change: TaskChange | None
    told_status: TaskStatus | None = None


def digest_of(task: Task, minimum: Mapping[str, Any]) -> str:
    """A fingerprint of what the recipient reads, to see whether it changed."""
    content = [
        task.urgency,
        task.title,
        task.legal_basis,
        task.named,
        task.missing,
        task.people,
        task.places,
        minimum,
    ]
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def event_data(change: Change) -> dict[str, Any]:
    """The `data` of the event: the contract's ProtectTask. A sealed one is a pointer and holds no content."""
    task = change.task
    data: dict[str, Any] = {
        "task": str(task.task),
        "pursue_action": str(task.pursue_action),
        "acting": task.acting,
        "version": task.version,
        "change": change.change.value if change.change else None,
        "status": (change.told_status or task.status).value,
        "rule": task.rule,
        "title": SEALED_TITLE if task.sealed else task.title,
        "playbook": task.playbook,
        "recipient": {"organisation": task.organisation, "desk": task.desk},
        "urgency": task.urgency,
        "raised_at": task.raised_at.isoformat(),
        "due_at": task.due_at.isoformat(),
        "together": str(task.together),
        "sealed": task.sealed,
        "backfill": task.backfill,
    }
    if task.previous_organisation and task.previous_desk:
        data["previous_recipient"] = {"organisation": task.previous_organisation, "desk": task.previous_desk}
    if task.sealed:
        return data | {"named": list(task.named), "acting_contact": task.acting_contact} | _answer(task)
    content = {"legal_basis": task.legal_basis, "minimum": task.minimum, "missing": task.missing}
    return data | content | _answer(task)


def _answer(task: Task) -> dict[str, Any]:
    return {"answered_by": task.answered_by, "answered_for": task.answered_for, "reason": task.reason}
