"""Inboxes with their gapless sequences, receipts, and the disclosure ledger."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.models import DISCLOSURES, INBOX_ENTRIES, RECEIPTS
from shared.bus.work import Work
from shared.db import Conflict


async def draw_sequences(work: Work, wanted: Mapping[str, int]) -> dict[str, tuple[int, bool]]:
    """Draw so many sequences for each organisation; held until the end, so that none is left out or given twice.

    Returns, for those that are enrolled, the last one drawn and whether the inbox is on a topic too. One statement
    and in one order for all: two batches cannot wait for each other.
    """
    rows = await work.fetch(
        "WITH held AS (SELECT organisation, u.n FROM inbox_counters"
        "   JOIN unnest($1::text[], $2::bigint[]) AS u(organisation, n) USING (organisation)"
        "   ORDER BY organisation FOR UPDATE OF inbox_counters)"
        ' UPDATE inbox_counters c SET "last" = c."last" + held.n FROM held WHERE c.organisation = held.organisation'
        ' RETURNING c.organisation, c."last", c.topic',
        sorted(wanted),
        [wanted[code] for code in sorted(wanted)],
    )
    return {row.organisation: (row.last, row.topic) for row in rows}


async def hold_inbox(work: Work, organisation: str) -> bool:
    """Keep an inbox from growing until the end; False if there is none."""
    return bool(await work.fetch("SELECT 1 FROM inbox_counters WHERE organisation = $1 FOR UPDATE", organisation))


async def put_on_topic(work: Work, organisation: str) -> None:
    """From now on the inbox is on the organisation's topic as well."""
    await work.fetch("UPDATE inbox_counters SET topic = true WHERE organisation = $1", organisation)


async def list_entries(work: Work, organisation: str, after: int, limit: int) -> list[dict[str, Any]]:
    """The inbox's events behind the cursor, in order."""
    rows = await work.fetch(
        "SELECT event FROM inbox_entries WHERE organisation = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
        organisation,
        after,
        limit,
    )
    return [row.event for row in rows]


def record_entries(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    work.insert(INBOX_ENTRIES, rows)


def record_disclosures(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    work.insert(DISCLOSURES, rows, Conflict.IGNORE)


async def list_streamed(work: Work, topic: str, records: Collection[UUID]) -> dict[UUID, int]:
    """The last version of each of these records that a national stream was told."""
    rows = await work.fetch(
        "SELECT record, max(version) AS version FROM disclosures"
        " WHERE record = ANY($1::uuid[]) AND organisation = $2 GROUP BY record",
        list(records),
        topic,
    )
    return {row.record: row.version for row in rows}


def record_receipt(work: Work, receipt: Mapping[str, Any]) -> None:
    row = {
        "receipt": receipt["receipt"],
        "organisation": receipt["organisation"],
        "event_id": receipt.get("event_id"),
        "document": dict(receipt),
        "at": datetime.fromisoformat(receipt["at"]),
    }
    work.insert(RECEIPTS, [row], Conflict.REPLACE)


async def find_receipt(work: Work, organisation: str, event_id: str) -> dict[str, Any] | None:
    """What stands of an organisation's own event: its newest receipt, but not that its id was used once more."""
    rows = await work.fetch(
        "SELECT document FROM receipts WHERE organisation = $1 AND event_id = $2"
        """ ORDER BY document @> '{"errors": [{"field": "id", "rule": "conflict"}]}', at DESC LIMIT 1""",
        organisation,
        event_id,
    )
    return rows[0].document if rows else None
