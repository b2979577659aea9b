"""Writes entries into the transaction that does what they tell of: both stand, or neither."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from shared.audit.entry import Entry
from shared.audit.tables import AUDIT_LOG
from shared.db import Conflict
from shared.db.write import Row


class Recorder(Protocol):
    """A transaction with `now`; the bus's Work is one."""

    now: datetime

    def insert(self, table: sa.Table, rows: Sequence[Row], conflict: Conflict = Conflict.RAISE) -> None:
        """Buffer rows for the commit."""
        ...


def record(work: Recorder, *entries: Entry) -> None:
    """Buffer entries; they are written with the rest at the commit, in no round trip of their own."""
    work.insert(AUDIT_LOG, [_row(entry, work.now) for entry in entries])


def _row(entry: Entry, now: datetime) -> dict[str, Any]:
    return {
        "at": now,
        "action": entry.action.value,
        "record_kind": entry.record_kind,
        "record_id": entry.record_id,
        "actor": entry.actor,
        "organisation": entry.organisation,
        "recipients": sorted(set(entry.recipients)),
        "way": entry.way.value,
        "purpose": entry.purpose,
        "detail": dict(entry.detail) if entry.detail is not None else None,
    }
