"""Deliveries: claimed under a lease, sent by the dispatcher, and their outcomes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.notify.domain.states import Alert
from services.notify.repository.rows import alert_of
from shared.bus.work import Work


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt, as its row will say. `lease_until` is when it may be taken again."""

    delivery: UUID
    alert: UUID
    status: str
    channel: int
    attempts: int
    first_at: datetime
    lease_until: datetime
    outcome: str
    provider_id: str | None
    at: datetime


async def claim_deliveries(
    work: Work, owner: str, in_hand: Collection[UUID], limit: int, until: datetime
) -> Sequence[Any]:
    """Pending deliveries whose lease has run out, now leased to `owner`, with all that sending one takes.

    What was answered or is over in the meantime is dropped and not sent.
    """
    return await work.fetch(
        "WITH due AS (SELECT d.delivery, a.status IN ('open', 'fallback') AS wanted, a.reference, a.urgency,"
        "   c.document->'channels' AS channels FROM deliveries d JOIN alerts a USING (alert)"
        "   LEFT JOIN contacts c ON c.active AND c.organisation = split_part(d.contact, '/', 1)"
        "     AND c.contact = split_part(d.contact, '/', 2)"
        "   WHERE d.status = 'pending' AND d.lease_until <= $1 AND NOT d.delivery = ANY($3::uuid[])"
        "   ORDER BY d.rank, d.lease_until LIMIT $4 FOR UPDATE OF d SKIP LOCKED)"
        " UPDATE deliveries d SET lease_owner = $2, lease_until = $5,"
        "   status = CASE WHEN due.wanted THEN 'pending' ELSE 'dropped' END"
        " FROM due WHERE d.delivery = due.delivery"
        " RETURNING d.delivery, d.alert, d.contact, d.rank, d.channel, d.attempts, d.first_at,"
        "   due.wanted, due.reference, due.urgency, due.channels",
        work.now,
        owner,
        list(in_hand),
        limit,
        until,
    )


async def record_outcomes(work: Work, owner: str, outcomes: Sequence[Outcome]) -> None:
    """Write outcomes; a failure of ours does not undo what another copy has sent in the meantime."""
    await work.fetch(
        "UPDATE deliveries d SET status = u.status, channel = u.channel, attempts = u.attempts,"
        "  first_at = u.first_at, lease_until = u.lease_until, outcome = u.outcome, provider_id = u.provider_id,"
        "  done_at = CASE WHEN u.status = 'pending' THEN NULL ELSE u.at END"
        " FROM unnest($2::uuid[], $3::text[], $4::int[], $5::int[], $6::timestamptz[], $7::timestamptz[], $8::text[],"
        "  $9::text[], $10::timestamptz[])"
        "  AS u(delivery, status, channel, attempts, first_at, lease_until, outcome, provider_id, at)"
        " WHERE d.delivery = u.delivery AND d.status = 'pending' AND (u.status = 'sent' OR d.lease_owner = $1)",
        owner,
        [one.delivery for one in outcomes],
        [one.status for one in outcomes],
        [one.channel for one in outcomes],
        [one.attempts for one in outcomes],
        [one.first_at for one in outcomes],
        [one.lease_until for one in outcomes],
        [one.outcome for one in outcomes],
        [one.provider_id for one in outcomes],
        [one.at for one in outcomes],
    )


async def mark_handed_over(work: Work, first: dict[UUID, datetime]) -> list[Alert]:
    """Note when each alert was first handed over; returns those for which it was the first time."""
    rows = await work.fetch(
        "WITH held AS (SELECT alert, u.at FROM alerts JOIN unnest($1::uuid[], $2::timestamptz[]) AS u(alert, at)"
        "   USING (alert) WHERE handed_over_at IS NULL ORDER BY alert FOR UPDATE OF alerts)"
        " UPDATE alerts a SET handed_over_at = held.at, version = version + 1 FROM held WHERE a.alert = held.alert"
        " RETURNING to_jsonb(a)::text AS doc",
        list(first),
        list(first.values()),
    )
    return [alert_of(orjson.loads(row.doc)) for row in rows]
