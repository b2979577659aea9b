"""Organisations that take part."""

from collections.abc import Sequence
from typing import Any

from services.notify.models import INBOX_COUNTERS, ORGANISATIONS
from shared.bus.work import Work
from shared.db import Conflict


async def find_organisation(work: Work, code: str, *, hold: bool = False) -> Any | None:
    """One organisation's row, or None."""
    rows = await work.fetch(f"SELECT * FROM organisations WHERE code = $1{' FOR UPDATE' if hold else ''}", code)
    return rows[0] if rows else None


async def list_organisations(work: Work) -> Sequence[Any]:
    return await work.fetch("SELECT * FROM organisations ORDER BY code")


async def list_unprovisioned(work: Work) -> list[str]:
    """Organisations that take Kafka and whose topics do not stand yet."""
    rows = await work.fetch(
        "SELECT code FROM organisations WHERE kafka AND status = 'enrolled' AND provisioned_at IS NULL ORDER BY code"
    )
    return [row.code for row in rows]


async def list_kafka(work: Work) -> list[str]:
    """Organisations that take Kafka."""
    rows = await work.fetch("SELECT code FROM organisations WHERE kafka AND status = 'enrolled' ORDER BY code")
    return [row.code for row in rows]


async def mark_provisioned(work: Work, code: str) -> None:
    await work.fetch("UPDATE organisations SET provisioned_at = $2 WHERE code = $1", code, work.now)


def record_organisation(work: Work, row: dict[str, Any]) -> None:
    """Write an organisation, and give it an inbox if it has none."""
    work.insert(ORGANISATIONS, [row], Conflict.REPLACE)
    work.insert(INBOX_COUNTERS, [{"organisation": row["code"], "last": 0, "topic": False}], Conflict.IGNORE)
