"""What tasking reads and writes: a batch's actions with their locks and facts, in one statement each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.tasking.domain import Action, Contact, PartReport
from services.tasking.models import HISTORY, PURSUE_ACTIONS, WAITING
from shared.bus.work import Work
from shared.contracts.pursue import Status, Verb
from shared.db import Conflict

_ACTION_COLUMNS = (
    "id, acting, action_id, version, revision, status, change, changed, sealed, backfill, details, reason, lead,"
    " parts, skipped, submission_id, occurred_at, changed_at"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The keys of what a batch needs to know: leads are joint actions, `named` are (organisation, contact)."""

    actions: frozenset[UUID]
    leads: frozenset[UUID]
    named: frozenset[tuple[str, str]]
    lines: frozenset[UUID]
    codes: frozenset[str]


@dataclass(slots=True)
class Gathered:
    """What is known about a batch, read under the actions' locks. `waiting` holds rows as they were stored."""

    actions: dict[UUID, Action] = field(default_factory=dict)
    waiting: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict)
    reports: dict[UUID, dict[UUID, PartReport]] = field(default_factory=dict)
    contacts: dict[tuple[str, str], Contact] = field(default_factory=dict)
    lines: set[UUID] = field(default_factory=set)
    enrolled: set[str] = field(default_factory=set)


async def lock(work: Work, actions: Collection[UUID], leads: Collection[UUID]) -> frozenset[UUID]:
    """Hold these actions, and every joint action that they are or may become a part of, until the commit.

    All locks are taken in one statement and one order: two batches that share actions cannot wait for each other.
    """
    rows = await work.fetch(
        "SELECT id, pg_advisory_xact_lock(k) FROM (SELECT id, hashtextextended(id::text, 0) AS k FROM ("
        "  SELECT unnest($1::uuid[]) UNION SELECT unnest($2::uuid[])"
        "  UNION SELECT lead FROM pursue_actions WHERE id = ANY($1) AND lead IS NOT NULL"
        "  UNION SELECT lead FROM waiting WHERE pursue_action = ANY($1) AND lead IS NOT NULL"
        " ) AS found(id) ORDER BY 2) AS ordered",
        list(actions),
        list(leads),
    )
    return frozenset(row.id for row in rows)


async def gather(work: Work, locked: Collection[UUID], wanted: Wanted) -> Gathered:
    """Everything that deciding a batch needs, in one statement; what waits brings the keys of its own facts."""
    named = sorted(wanted.named)
    rows = await work.fetch(
        "WITH held AS (SELECT * FROM waiting WHERE pursue_action = ANY($1)),"
        " named AS (SELECT * FROM unnest($2::text[], $3::text[]) AS u(organisation, contact)"
        "  UNION SELECT one->>0, one->>1 FROM held, jsonb_array_elements(held.named) AS one),"
        " lined AS (SELECT unnest($4::uuid[]) AS line_id UNION SELECT line_id FROM held),"
        " coded AS (SELECT unnest($5::text[]) AS code UNION"
        "  SELECT one FROM held, jsonb_array_elements_text(held.codes) AS one)"
        " SELECT 'action' AS kind, to_jsonb(a) AS found FROM pursue_actions a WHERE a.id = ANY($1)"
        " UNION ALL SELECT 'waiting', to_jsonb(h) FROM held h"
        " UNION ALL SELECT 'report', jsonb_build_object('id', p.id, 'lead', p.lead, 'acting', p.acting,"
        "   'status', p.status, 'sealed', p.sealed) FROM pursue_actions p WHERE p.lead = ANY($1)"
        " UNION ALL SELECT 'contact', to_jsonb(c) FROM contacts c JOIN named USING (organisation, contact)"
        " UNION ALL SELECT 'line', to_jsonb(l.line_id) FROM lines l JOIN lined USING (line_id)"
        " UNION ALL SELECT 'organisation', to_jsonb(o.code) FROM organisations o JOIN coded USING (code)",
        list(locked),
        [organisation for organisation, _ in named],
        [contact for _, contact in named],
        list(wanted.lines),
        list(wanted.codes),
    )
    found = Gathered()
    for row in rows:
        _add(found, row.kind, row.found)
    return found


def _add(found: Gathered, kind: str, value: Any) -> None:
    match kind:
        case "action":
            action = action_of(value)
            found.actions[action.id] = action
        case "waiting":
            found.waiting.setdefault(UUID(value["pursue_action"]), []).append(value)
        case "report":
            report = PartReport(UUID(value["id"]), value["acting"], Status(value["status"]), value["sealed"])
            found.reports.setdefault(UUID(value["lead"]), {})[report.id] = report
        case "contact":
            valid_until = value["valid_until"] and datetime.fromisoformat(value["valid_until"])
            found.contacts[value["organisation"], value["contact"]] = Contact(value["named"], valid_until)
        case "line":
            found.lines.add(UUID(value))
        case _:
            found.enrolled.add(value)


def action_of(row: dict[str, Any]) -> Action:
    """An action from its row in JSON form."""
    return Action(
        id=UUID(row["id"]),
        acting=row["acting"],
        action_id=UUID(row["action_id"]),
        version=row["version"],
        revision=row["revision"],
        status=Status(row["status"]),
        change=Verb(row["change"]),
        changed=tuple(row["changed"]),
        sealed=row["sealed"],
        backfill=row["backfill"],
        occurred_at=datetime.fromisoformat(row["occurred_at"]),
        submission_id=row["submission_id"],
        details=row["details"],
        reason=row["reason"],
        lead=UUID(row["lead"]) if row["lead"] else None,
        parts=tuple(row["parts"]),
        skipped=tuple((first, last) for first, last in row["skipped"]),
    )


def record_actions(work: Work, actions: Sequence[Action]) -> None:
    """Write where these actions stand now."""
    rows = [
        {
            "id": one.id,
            "acting": one.acting,
            "action_id": one.action_id,
            "version": one.version,
            "revision": one.revision,
            "status": one.status.value,
            "change": one.change.value,
            "changed": list(one.changed),
            "sealed": one.sealed,
            "backfill": one.backfill,
            "details": one.details,
            "reason": one.reason,
            "lead": one.lead,
            "parts": list(one.parts),
            "skipped": [list(gap) for gap in one.skipped],
            "submission_id": one.submission_id,
            "occurred_at": one.occurred_at,
            "changed_at": work.now,
        }
        for one in actions
    ]
    work.insert(PURSUE_ACTIONS, rows, Conflict.REPLACE)


def record_history(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    work.insert(HISTORY, rows)


def record_waiting(work: Work, added: Sequence[dict[str, Any]], removed: Sequence[tuple[UUID, int]]) -> None:
    """Let submissions wait, and take those away that wait no longer."""
    work.insert(WAITING, added, Conflict.REPLACE)
    work.delete(WAITING, [{"pursue_action": action, "revision": revision} for action, revision in removed])


async def list_expired(work: Work, limit: int) -> Sequence[UUID]:
    """Actions with something that has waited long enough, without any lock."""
    rows = await work.fetch(
        "SELECT DISTINCT pursue_action FROM (SELECT pursue_action FROM waiting WHERE until <= $1"
        " ORDER BY until LIMIT $2) AS due",
        work.now,
        limit,
    )
    return [row.pursue_action for row in rows]


async def list_waiting(work: Work, actions: Collection[UUID]) -> list[dict[str, Any]]:
    """What waits for these actions."""
    rows = await work.fetch(
        "SELECT to_jsonb(w) AS found FROM waiting w WHERE pursue_action = ANY($1) ORDER BY pursue_action, revision",
        list(actions),
    )
    return [row.found for row in rows]


async def mark_noticed(work: Work, before: datetime, limit: int) -> Sequence[tuple[UUID, str, int, bool]]:
    """Urgent submissions that have waited since `before`, each to one caller only.

    As (action, organisation, revision, sealed): whether it would seal the action, or belongs to a sealed one.
    """
    rows = await work.fetch(
        "UPDATE waiting w SET noticed_at = $1 FROM (SELECT pursue_action, revision FROM waiting"
        "  WHERE urgent AND noticed_at IS NULL AND since <= $2"
        "  ORDER BY since LIMIT $3 FOR UPDATE SKIP LOCKED) AS due"
        " WHERE w.pursue_action = due.pursue_action AND w.revision = due.revision"
        " RETURNING w.pursue_action, w.organisation, w.revision, w.sealed",
        work.now,
        before,
        limit,
    )
    return [(row.pursue_action, row.organisation, row.revision, row.sealed) for row in rows]


async def find_action(work: Work, id: UUID) -> tuple[Action, datetime] | None:
    """An action and when it last changed."""
    rows = await work.fetch(
        f"SELECT to_jsonb(a) AS found, a.changed_at FROM (SELECT {_ACTION_COLUMNS} FROM pursue_actions"
        " WHERE id = $1) AS a",
        id,
    )
    return (action_of(rows[0].found), rows[0].changed_at) if rows else None


async def list_history(work: Work, id: UUID) -> list[dict[str, Any]]:
    """What was applied to an action, oldest first."""
    rows = await work.fetch(
        "SELECT version, verb, revision, event_id, by, mode, reason, note, occurred_at, at FROM history"
        " WHERE pursue_action = $1 ORDER BY version",
        id,
    )
    return [dict(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which actions a reader asks for, and as whom: a superset that the visibility function then decides on."""

    organisation: str
    contact: str | None
    all_open: bool
    all_sealed: bool
    status: str | None
    before: tuple[datetime, UUID] | None
    limit: int


async def list_actions(work: Work, by: Filter) -> list[tuple[Action, datetime]]:
    """Actions that last changed before a point, newest first."""
    rows = await work.fetch(
        f"SELECT to_jsonb(a) AS found, a.changed_at FROM (SELECT {_ACTION_COLUMNS} FROM pursue_actions"
        " WHERE ((NOT sealed AND ($3 OR acting = $1)) OR (sealed AND ($4 OR ($2::text IS NOT NULL AND"
        "   (details->'pre_brief' @>"
        "     jsonb_build_array(jsonb_build_object('organisation', $1::text, 'contact', $2::text))"
        "    OR (acting = $1 AND details->>'named_officer' = $2))))))"
        " AND ($5::text IS NULL OR status = $5) AND ($6::timestamptz IS NULL OR (changed_at, id) < ($6, $7::uuid))"
        " ORDER BY changed_at DESC, id DESC LIMIT $8) AS a",
        by.organisation,
        by.contact,
        by.all_open,
        by.all_sealed,
        by.status,
        by.before[0] if by.before else None,
        by.before[1] if by.before else None,
        by.limit,
    )
    return [(action_of(row.found), row.changed_at) for row in rows]


async def find_contact(work: Work, organisation: str, contact: str) -> Contact | None:
    """A contact as its organisation last described it."""
    rows = await work.fetch(
        "SELECT named, valid_until FROM contacts WHERE organisation = $1 AND contact = $2", organisation, contact
    )
    return Contact(rows[0].named, rows[0].valid_until) if rows else None
