"""Alerts, the tasks behind them, their links and answers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from services.notify.domain.roster import Roster
from services.notify.domain.states import Alert, TaskCopy
from services.notify.models import ALERTS, LINKS, TASKS
from services.notify.repository.roster import CENTRE, ROSTER_PART, roster_of
from services.notify.repository.rows import alert_of, row_of, task_of
from shared.bus.work import Work
from shared.db import Conflict

_CONCERNED: Final = (
    "($3::text[] || ARRAY(SELECT organisation FROM a)"
    " || ARRAY(SELECT split_part(jsonb_array_elements_text(told), '/', 1) FROM a))"
)


@dataclass(slots=True)
class Facts:
    """What a batch of task events needs to know, each row held until the transaction ends."""

    tasks: dict[UUID, TaskCopy]
    alerts: dict[UUID, Alert]
    had: dict[UUID, set[str]]
    """For each task the organisations that received it."""
    roster: Roster


async def gather_facts(
    work: Work, tasks: Collection[UUID], alerts: Collection[UUID], organisations: Collection[str]
) -> Facts:
    """The tasks, every alert that they had or may need, those alerts' other tasks, the ledger, and the roster."""
    rows = await work.fetch(
        "WITH ids AS MATERIALIZED (SELECT unnest($2::uuid[]) AS alert"
        "   UNION SELECT jsonb_array_elements_text(alerts)::uuid FROM tasks WHERE task = ANY($1::uuid[])),"
        " a AS (SELECT alerts.* FROM alerts JOIN ids USING (alert) ORDER BY alert FOR UPDATE OF alerts),"
        f"{ROSTER_PART.format(organisations=_CONCERNED)}"
        " SELECT kind, doc FROM (SELECT * FROM roster ORDER BY o, n) AS r"
        " UNION ALL SELECT 'alert', to_jsonb(a)::text FROM a"
        " UNION ALL SELECT 'task', to_jsonb(t)::text FROM tasks t JOIN ids USING (alert)"
        " UNION ALL SELECT 'task', to_jsonb(t)::text FROM tasks t WHERE task = ANY($1::uuid[]) AND alert IS NULL"
        " UNION ALL SELECT DISTINCT 'had', jsonb_build_array(record, organisation)::text FROM disclosures"
        "   WHERE record = ANY($1::uuid[])",
        list(tasks),
        list(alerts),
        sorted({*organisations, CENTRE}),
    )
    found = Facts({}, {}, {}, roster_of(rows))
    for row in rows:
        if row.kind == "task":
            task = task_of(orjson.loads(row.doc))
            found.tasks[task.task] = task
        elif row.kind == "alert":
            alert = alert_of(orjson.loads(row.doc))
            found.alerts[alert.alert] = alert
        elif row.kind == "had":
            record, organisation = orjson.loads(row.doc)
            found.had.setdefault(UUID(record), set()).add(organisation)
    return found


async def claim_due(work: Work, limit: int) -> list[Alert]:
    """Alerts whose deadline has passed, the most urgent first, for this copy alone."""
    rows = await work.fetch(
        "SELECT to_jsonb(a)::text AS doc FROM alerts a WHERE status IN ('open', 'fallback') AND next_deadline <= $1"
        " ORDER BY array_position(ARRAY['life_risk', 'urgent', 'routine'], urgency), next_deadline, alert"
        " LIMIT $2 FOR UPDATE SKIP LOCKED",
        work.now,
        limit,
    )
    return [alert_of(orjson.loads(row.doc)) for row in rows]


async def list_existing(work: Work, alerts: Collection[UUID]) -> set[UUID]:
    """Which of these alerts exist."""
    rows = await work.fetch("SELECT alert FROM alerts WHERE alert = ANY($1::uuid[])", list(alerts))
    return {row.alert for row in rows}


async def find_alert(work: Work, alert: UUID, *, hold: bool = False) -> Alert | None:
    """One alert; `hold` keeps it from others until the end."""
    rows = await work.fetch(
        f"SELECT to_jsonb(a)::text AS doc FROM alerts a WHERE alert = $1{' FOR UPDATE' if hold else ''}", alert
    )
    return alert_of(orjson.loads(rows[0].doc)) if rows else None


async def list_tasks(work: Work, alert: UUID) -> list[TaskCopy]:
    """The tasks that this alert is about now, the most urgent due first."""
    rows = await work.fetch(
        "SELECT to_jsonb(t)::text AS doc FROM tasks t WHERE alert = $1 ORDER BY due_at, task", alert
    )
    return [task_of(orjson.loads(row.doc)) for row in rows]


async def find_link(work: Work, token_hash: str) -> tuple[UUID, str] | None:
    """The alert and the contact of a link."""
    rows = await work.fetch("SELECT alert, contact FROM links WHERE token_hash = $1", token_hash)
    return (rows[0].alert, rows[0].contact) if rows else None


async def list_alerts(
    work: Work, organisation: str, contact: str | None, everything: bool, sealed_desk: bool, limit: int
) -> list[Alert]:
    """Candidates for what a reader may see, newest first; the visibility function decides on each."""
    rows = await work.fetch(
        "SELECT to_jsonb(a)::text AS doc FROM alerts a WHERE (NOT sealed AND ($3 OR organisation = $1))"
        " OR (sealed AND ($4 OR named ? $2 OR officer = $2)) ORDER BY raised_at DESC, alert LIMIT $5",
        organisation,
        contact or "",
        everything,
        sealed_desk,
        limit,
    )
    return [alert_of(orjson.loads(row.doc)) for row in rows]


def record_tasks(work: Work, tasks: Iterable[TaskCopy]) -> None:
    work.insert(TASKS, [row_of(task) for task in tasks], Conflict.NEWER)


def record_alerts(work: Work, alerts: Iterable[Alert]) -> None:
    work.insert(ALERTS, [row_of(alert) for alert in alerts], Conflict.REPLACE)


def record_links(work: Work, links: Sequence[dict[str, Any]]) -> None:
    work.insert(LINKS, links, Conflict.IGNORE)
