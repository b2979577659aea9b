"""Reads the log back: the window that can be closed now, and all of it in order for whoever verifies it."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from shared.audit.checkpoint import Checkpoint, LoggedRow, SealedCheckpoint
from shared.db import Transaction

_TEXTS: Final = ("recipients", "detail")
_ROW: Final = ", ".join(f"{f.name}::text AS {f.name}" if f.name in _TEXTS else f.name for f in fields(LoggedRow))
_CHECKPOINT: Final = ", ".join(f'"{field.name}"' for field in fields(Checkpoint))
_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Window:
    """Rows that nobody can add to any more, by id. `is_behind`: the database's count of transactions fell back."""

    to_txid: int
    rows: Sequence[LoggedRow]
    is_behind: bool = False


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint as it stands in the database, with the leaves that it was made of."""

    sealed: SealedCheckpoint
    leaves: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        return self.sealed.checkpoint


async def read_last(transaction: Transaction) -> Checkpoint | None:
    """The newest checkpoint."""
    rows = await transaction.fetch(f"SELECT {_CHECKPOINT} FROM audit_checkpoints ORDER BY number DESC LIMIT 1")
    return Checkpoint(**dict(rows[0])) if rows else None


async def read_window(transaction: Transaction, from_txid: int, most_rows: int) -> Window:
    """The rows of finished transactions from `from_txid` on: about `most_rows`, whole transactions, at least one.

    Every transaction below the snapshot's xmin has ended, so none can still add a row there; one that is open holds
    the bound down until it ends. The rows are read by a later statement, which sees all of them.
    """
    bounds = await transaction.fetch(
        "WITH b AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin),"
        " w AS (SELECT l.txid FROM audit_log l, b WHERE l.txid >= $1::bigint AND l.txid < b.xmin)"
        " SELECT b.xmin, (SELECT min(txid) FROM w) AS first,"
        " (SELECT txid FROM w ORDER BY txid OFFSET $2::bigint LIMIT 1) AS cut FROM b",
        from_txid,
        most_rows,
    )
    xmin, first, cut = bounds[0].xmin, bounds[0].first, bounds[0].cut
    if xmin < from_txid:
        return Window(from_txid, (), is_behind=True)
    if first is None:
        return Window(xmin, ())
    to_txid = xmin if cut is None else max(cut, first + 1)
    return Window(to_txid, await read_rows(transaction, from_txid, to_txid))


async def read_rows(transaction: Transaction, from_txid: int, to_txid: int) -> list[LoggedRow]:
    """The rows of a window, by id."""
    rows = await transaction.fetch(
        f"SELECT {_ROW} FROM audit_log WHERE txid >= $1 AND txid < $2 ORDER BY id", from_txid, to_txid
    )
    return [LoggedRow(**dict(row)) for row in rows]


async def stream_log(
    open_transaction: Callable[[], Transaction], windows_at_once: int = _PAGE
) -> AsyncIterator[tuple[StoredCheckpoint, list[LoggedRow]]]:
    """Every checkpoint in its order, with the rows that stand in its window now."""
    last = None
    while True:
        async with open_transaction() as transaction:
            page = await _read_checkpoints(transaction, last, windows_at_once)
            if not page:
                return
            rows = await read_rows(transaction, _lowest(page), max(one.checkpoint.to_txid for one in page))
        for stored in page:
            yield stored, rows_within(stored.checkpoint, rows)
        last = page[-1].checkpoint.number


async def count_unsealed(transaction: Transaction) -> int:
    """Rows that no window holds yet: those of the last second, or of whatever is still open."""
    rows = await transaction.fetch(
        "SELECT count(*) AS n FROM audit_log WHERE txid >= coalesce((SELECT max(to_txid) FROM audit_checkpoints), 0)"
    )
    return int(rows[0].n)


def rows_within(checkpoint: Checkpoint, rows: Iterable[LoggedRow]) -> list[LoggedRow]:
    """The rows of one window, by id."""
    inside = (row for row in rows if checkpoint.from_txid <= row.txid < checkpoint.to_txid)
    return sorted(inside, key=lambda row: row.id)


def _lowest(page: Sequence[StoredCheckpoint]) -> int:
    return min(one.checkpoint.from_txid for one in page)


async def _read_checkpoints(transaction: Transaction, after: int | None, most: int) -> list[StoredCheckpoint]:
    rows = await transaction.fetch(
        f"SELECT {_CHECKPOINT}, key_id, signature, leaves FROM audit_checkpoints"
        " WHERE $1::bigint IS NULL OR number > $1::bigint ORDER BY number LIMIT $2",
        after,
        most,
    )
    return [_stored(dict(row)) for row in rows]


def _stored(row: dict[str, Any]) -> StoredCheckpoint:
    leaves, key_id, signature = row.pop("leaves"), row.pop("key_id"), row.pop("signature")
    return StoredCheckpoint(SealedCheckpoint(Checkpoint(**row), key_id, signature), bytes(leaves))
