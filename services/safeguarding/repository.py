"""Reads and writes safeguarding's tables: each gathering is one statement for the whole batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from services.safeguarding.domain.action import Action
from services.safeguarding.domain.geography import Postcodes
from services.safeguarding.domain.task import COLUMNS, Task
from services.safeguarding.models import ACTIONS, CONTACTS, LINES, TASKS
from shared.bus.work import Work
from shared.contracts.protect import TaskStatus
from shared.db import Conflict

_IDS: Final = frozenset({"task", "pursue_action", "together"})
_MOMENTS: Final = frozenset({"raised_at", "due_at", "changed_at", "seen_at"})


@dataclass(frozen=True, slots=True)
class Line:
    """Our copy of a line: the districts where it arrives."""

    line_id: UUID
    version: int
    owner: str
    areas: tuple[str, ...]


@dataclass(slots=True)
class Gathered:
    """All that a batch needs to know."""

    actions: dict[UUID, Action] = field(default_factory=dict)
    tasks: dict[UUID, list[Task]] = field(default_factory=dict)
    lines: dict[UUID, Line] = field(default_factory=dict)
    postcodes: Postcodes = field(default_factory=Postcodes)


async def lock_aggregates(work: Work, ids: Iterable[UUID]) -> None:
    """Hold actions and lines until the end, known or not."""
    await work.lock([str(id) for id in ids])


async def lock_actions_of(work: Work, tasks: Sequence[UUID]) -> None:
    """Hold the actions that these tasks belong to."""
    await work.fetch(_LOCKED.format("SELECT pursue_action FROM tasks WHERE task = ANY($1::uuid[])"), list(tasks))


async def lock_actions_awaiting(work: Work, lines: Sequence[UUID]) -> None:
    """Hold the actions that wait for these lines, or follow them."""
    query = "SELECT pursue_action FROM actions WHERE awaits_line = ANY($1::uuid[])"
    await work.fetch(_LOCKED.format(query), list(lines))


_LOCKED: Final = (
    "SELECT pg_advisory_xact_lock(k) FROM (SELECT DISTINCT"
    " hashtextextended(current_schema() || '/' || pursue_action::text, 0) AS k FROM ({}) AS wanted"
    " ORDER BY 1) AS ordered"
)
"""The very keys of `Transaction.lock`: an answer and a change of the same action must wait for each other."""

_GATHER: Final = (
    "WITH wanted AS (SELECT * FROM actions WHERE {})"
    " SELECT (SELECT json_agg(a.state)::text FROM wanted a) AS actions,"
    " (SELECT json_agg(t)::text FROM tasks t WHERE t.pursue_action IN (SELECT pursue_action FROM wanted)) AS tasks,"
    " (SELECT json_agg(l)::text FROM lines l WHERE l.line_id = ANY($2::uuid[])) AS lines,"
    " (SELECT json_object_agg(p.postcode, p.district)::text FROM postcodes p"
    " WHERE p.postcode = ANY($3::text[])) AS postcodes"
)


async def gather_for_actions(
    work: Work, ids: Sequence[UUID], lines: Sequence[UUID], postcodes: Sequence[str]
) -> Gathered:
    """The actions as we know them, their tasks, the lines and the postcodes that they need: one statement."""
    query = _GATHER.format("pursue_action = ANY($1::uuid[])")
    return _gathered((await work.fetch(query, list(ids), list(lines), list(postcodes)))[0])


async def gather_for_lines(work: Work, lines: Sequence[UUID]) -> Gathered:
    """The lines as we know them, the actions that wait for them, and those actions' tasks."""
    query = _GATHER.format("awaits_line = ANY($1::uuid[])")
    return _gathered((await work.fetch(query, list(lines), list(lines), []))[0])


async def gather_for_tasks(work: Work, tasks: Sequence[UUID]) -> Gathered:
    """The actions that some tasks belong to, with all of their tasks."""
    query = _GATHER.format("pursue_action IN (SELECT pursue_action FROM tasks WHERE task = ANY($1::uuid[]))")
    return _gathered((await work.fetch(query, list(tasks), [], []))[0])


async def list_postcodes(work: Work, postcodes: Sequence[str]) -> Postcodes:
    """The directory's rows for some normalised postcodes."""
    query = "SELECT postcode, district FROM postcodes WHERE postcode = ANY($1::text[])"
    rows = await work.fetch(query, list(postcodes)) if postcodes else []
    return Postcodes({row.postcode: row.district for row in rows})


async def list_actions(work: Work, ids: Sequence[UUID]) -> list[Action]:
    """Those of these actions that we know."""
    rows = (
        await work.fetch("SELECT state::text AS state FROM actions WHERE pursue_action = ANY($1::uuid[])", list(ids))
        if ids
        else []
    )
    return [Action.of(orjson.loads(row.state)) for row in rows]


@dataclass(frozen=True, slots=True)
class Seeing:
    """Whose tasks a query may touch at all; the visibility function then decides row by row.

    `named` is the contact, if they may be told of what is sealed.
    """

    organisation: str
    everything: bool
    named: str | None
    sealed_desk: bool


_SEEN: Final = (
    "status <> 'held' AND ((NOT sealed AND (organisation = $1 OR acting = $1 OR $2))"
    " OR (sealed AND ($4 OR named ? $3::text)))"
)


async def list_tasks(
    work: Work,
    seeing: Seeing,
    *,
    status: str | None = None,
    desk: str | None = None,
    task: UUID | None = None,
    pursue_action: UUID | None = None,
    after: UUID | None = None,
    limit: int = 100,
) -> list[Task]:
    """Tasks in the order in which they were raised, after the one named by `after`. Held ones are nobody's."""
    rows = await work.fetch(
        f"SELECT to_json(t)::text AS task FROM tasks t WHERE {_SEEN}"
        " AND ($5::text IS NULL OR status = $5) AND ($6::text IS NULL OR desk = $6)"
        " AND ($7::uuid IS NULL OR task = $7) AND ($8::uuid IS NULL OR pursue_action = $8)"
        " AND ($9::uuid IS NULL OR (raised_at, task) > (SELECT a.raised_at, a.task FROM tasks a WHERE a.task = $9))"
        " ORDER BY raised_at, task LIMIT $10",
        *_parameters(seeing),
        status,
        desk,
        task,
        pursue_action,
        after,
        limit,
    )
    return [_task(orjson.loads(row.task)) for row in rows]


async def count_tasks(work: Work, seeing: Seeing) -> list[Mapping[str, Any]]:
    """How many tasks there are by what visibility is decided by, and by status and lateness."""
    rows = await work.fetch(
        "SELECT acting, organisation, sealed, named::text AS named, status, urgency,"
        " (status = 'raised' AND due_at < $5) AS overdue, count(*) AS count"
        f" FROM tasks WHERE {_SEEN} GROUP BY 1, 2, 3, 4, 5, 6, 7",
        *_parameters(seeing),
        work.now,
    )
    return [dict(row) | {"named": orjson.loads(row.named)} for row in rows]


def save_actions(work: Work, rows: Iterable[tuple[Action, Mapping[str, Any], UUID | None]]) -> None:
    """Keep the newest state of each action, and the line that it waits for or follows."""
    work.insert(
        ACTIONS,
        [
            {
                "pursue_action": action.id,
                "acting": action.acting,
                "version": action.version,
                "state": state,
                "awaits_line": awaits,
                "changed_at": work.now,
            }
            for action, state, awaits in rows
        ],
        Conflict.NEWER,
    )


def save_awaited(work: Work, rows: Iterable[tuple[UUID, UUID | None]]) -> None:
    """Which line these known actions wait for or follow from now on."""
    work.update(ACTIONS, [{"pursue_action": id, "awaits_line": line} for id, line in rows])


def save_tasks(work: Work, tasks: Iterable[Task]) -> None:
    work.insert(TASKS, [_row(task) for task in tasks], Conflict.NEWER)


def save_lines(work: Work, lines: Iterable[Line]) -> None:
    rows = [
        {"line_id": line.line_id, "version": line.version, "owner": line.owner, "areas": list(line.areas)}
        for line in lines
    ]
    work.insert(LINES, rows, Conflict.NEWER)


def save_contacts(work: Work, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep the newest state of each contact, of several for the same one too."""
    # the buffer keeps the last of a key, which a replay may have put behind
    newest = sorted((dict(row) for row in rows), key=lambda row: int(row["version"]))
    work.insert(CONTACTS, newest, Conflict.NEWER)


async def find_contact(work: Work, organisation: str, contact: str) -> Any | None:
    """A contact that is, or once was, named: (named, valid_until)."""
    rows = await work.fetch(
        "SELECT named, valid_until FROM contacts WHERE organisation = $1 AND contact = $2", organisation, contact
    )
    return rows[0] if rows else None


def _parameters(seeing: Seeing) -> tuple[object, ...]:
    return (seeing.organisation, seeing.everything, seeing.named, seeing.sealed_desk)


def _gathered(row: Any) -> Gathered:
    found = Gathered(postcodes=Postcodes(orjson.loads(row.postcodes or "{}")))
    for item in orjson.loads(row.actions or "[]"):
        action = Action.of(item)
        found.actions[action.id] = action
    for item in orjson.loads(row.tasks or "[]"):
        task = _task(item)
        found.tasks.setdefault(task.pursue_action, []).append(task)
    for item in orjson.loads(row.lines or "[]"):
        line = Line(UUID(item["line_id"]), item["version"], item["owner"], tuple(item["areas"]))
        found.lines[line.line_id] = line
    return found


def _task(item: Mapping[str, Any]) -> Task:
    return Task(**{name: _read(name, item[name]) for name in COLUMNS})


def _read(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _IDS:
        return UUID(value)
    if name in _MOMENTS:
        return datetime.fromisoformat(value)
    return TaskStatus(value) if name == "status" else value


def _row(task: Task) -> dict[str, Any]:
    return {name: getattr(task, name) for name in COLUMNS} | {"status": task.status.value}
