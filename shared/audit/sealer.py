"""The sealer: each second it closes a window of the log, signs it, and sends it where the database cannot reach."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.audit.checkpoint import (
    FIRST_PREVIOUS,
    Checkpoint,
    LoggedRow,
    SealedCheckpoint,
    leaf_of,
    pack,
    root_hex,
    sign,
)
from shared.audit.reading import read_last, read_window
from shared.audit.tables import AUDIT_CHECKPOINTS
from shared.db import Transaction, is_passing
from shared.kernel.clock import Clock
from shared.observability import metrics

log = logging.getLogger(__name__)

HEARTBEAT: Final = timedelta(minutes=1)
"""A window without rows is closed at most this often: its absence shows that sealing has stopped."""

_INTERVAL_SECONDS: Final = 1.0
_MOST_ROWS: Final = 2000

T = TypeVar("T", bound=Transaction)


class Sealer(Generic[T]):
    """Seals one service's log. Several copies may run: one seals, the others find it locked and do nothing.

    `open_transaction` opens a transaction (the bus's Work), `publish` puts the checkpoint into that transaction's
    outbox, so that what is sealed is published and nothing else. `key` must come from outside the database.
    """

    def __init__(
        self,
        service: str,
        open_transaction: Callable[[], T],
        publish: Callable[[T, SealedCheckpoint], None],
        key: Ed25519PrivateKey,
        clock: Clock,
        *,
        most_rows: int = _MOST_ROWS,
    ) -> None:
        self._service = service
        self._open = open_transaction
        self._publish = publish
        self._key = key
        self._clock = clock
        self._most_rows = most_rows
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Seal until `stop`. Waits out a database that is away."""
        while not self._stopping.is_set():
            try:
                while await self.seal() is not None and not self._stopping.is_set():
                    pass
            except Exception as error:
                if not is_passing(error):
                    raise
                log.warning("sealing waits", extra={"error": type(error).__name__})
            await self._pause()

    def stop(self) -> None:
        """Ask `run` to end; what is not sealed is sealed by the next one."""
        self._stopping.set()

    async def seal(self) -> SealedCheckpoint | None:
        """Close one window. None if there is nothing to seal, or another copy is at it."""
        async with self._open() as transaction:
            if not await self._is_alone(transaction):
                return None
            last = await read_last(transaction)
            window = await read_window(transaction, last.to_txid if last else 0, self._most_rows)
            if window.is_behind:
                # restored from a dump into a new cluster, which counts transactions from the start again
                log.error("sealing stopped", extra={"why": "the database counts transactions below the last window"})
            now = self._clock.now()
            if window.is_behind or not (window.rows or _is_due(last, now)):
                return None
            # hashing is off the loop: it must not hold up who waits for an alert
            sealed, leaves = await asyncio.to_thread(self._sealed, last, window.to_txid, window.rows, now)
            transaction.insert(AUDIT_CHECKPOINTS, [_row(sealed, leaves)])
            self._publish(transaction, sealed)
            await transaction.commit()
        metrics.AUDIT_SEALED.inc(len(window.rows))
        metrics.AUDIT_SEALED_AT.set(now.timestamp())
        return sealed

    def _sealed(
        self, last: Checkpoint | None, to_txid: int, rows: Sequence[LoggedRow], now: datetime
    ) -> tuple[SealedCheckpoint, bytes]:
        leaves = [leaf_of(row) for row in rows]
        checkpoint = Checkpoint(
            service=self._service,
            number=last.number + 1 if last else 1,
            from_txid=last.to_txid if last else 0,
            to_txid=to_txid,
            first_id=rows[0].id if rows else None,
            last_id=rows[-1].id if rows else None,
            count=len(rows),
            root=root_hex(leaves),
            previous=last.digest() if last else FIRST_PREVIOUS,
            at=now,
        )
        return sign(checkpoint, self._key), pack([row.id for row in rows], leaves)

    async def _is_alone(self, transaction: T) -> bool:
        """Take the lock of this service's sealer until the transaction ends.

        A process that is stopped in the middle would keep it: the server ends such a session after 10 s.
        """
        rows = await transaction.fetch(
            "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS alone,"
            " set_config('idle_in_transaction_session_timeout', '10s', true)",
            f"audit/{self._service}",
        )
        return bool(rows[0].alone)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), _INTERVAL_SECONDS)
        except TimeoutError:
            return


def _is_due(last: Checkpoint | None, now: datetime) -> bool:
    return last is None or now - last.at >= HEARTBEAT


def _row(sealed: SealedCheckpoint, leaves: bytes) -> dict[str, Any]:
    return {
        **asdict(sealed.checkpoint),
        "key_id": sealed.key_id,
        "signature": sealed.signature,
        "leaves": leaves,
    }
