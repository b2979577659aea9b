"""Keep copies of what other services say: lines, named contacts, organisations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.tasking.models import CONTACTS, LINES, ORGANISATIONS
from shared.bus.record import Delivery
from shared.bus.work import Work
from shared.db import Conflict


async def keep_lines(work: Work, deliveries: Sequence[Delivery]) -> None:
    """A line is known from its first entry in the register on, closed or not."""
    work.insert(LINES, _newest([_line(one.event.data) for one in deliveries], "line_id"), Conflict.NEWER)


async def keep_contacts(work: Work, deliveries: Sequence[Delivery]) -> None:
    """A contact that is no longer named stays, and may be told nothing."""
    rows = [_contact(one.event.data) for one in deliveries]
    work.insert(CONTACTS, _newest(rows, "organisation", "contact"), Conflict.NEWER)


async def keep_organisations(work: Work, deliveries: Sequence[Delivery]) -> None:
    rows = [{name: one.event.data[name] for name in ("code", "status", "kafka", "version")} for one in deliveries]
    work.insert(ORGANISATIONS, _newest(rows, "code"), Conflict.NEWER)


def _line(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"line_id": UUID(data["line_id"]), "status": data["status"], "version": data["version"]}


def _contact(data: Mapping[str, Any]) -> dict[str, Any]:
    until = data.get("valid_until")
    return {
        "organisation": data["organisation"],
        "contact": data["contact"],
        "desk": data["desk"],
        "named": data["named"],
        "valid_until": datetime.fromisoformat(until) if until else None,
        "version": data["version"],
    }


def _newest(rows: Sequence[dict[str, Any]], *key: str) -> list[dict[str, Any]]:
    """One row a key, the highest version: the buffer would keep the last one, which a replay may have put behind."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        name = tuple(row[part] for part in key)
        if name not in found or found[name]["version"] < row["version"]:
            found[name] = row
    return list(found.values())
