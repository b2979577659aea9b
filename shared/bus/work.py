"""One unit of work: a transaction that also buffers the events that leave by the outbox."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID
from zlib import crc32

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.tables import OUTBOX
from shared.contracts.envelope import Envelope, encode
from shared.contracts.topics import MAX_DEAD_LETTER_BYTES
from shared.db import Transaction
from shared.kernel.clock import Clock
from shared.kernel.errors import Poison
from shared.observability.tracing import current_traceparent, passed_on

SHARDS = 8


class Outlet(Protocol):
    """This process's relays, as a transaction sees them."""

    def holds(self, lane: str, shards: set[int]) -> bool:
        """Whether this process relays all of these shards itself."""
        ...

    def wake(self, lane: str) -> None:
        """A lane has something to send."""
        ...


def lane_of(topic: str) -> str:
    """The relay lane of a topic: what is urgent or sealed never queues behind what is routine."""
    return "urgent" if ".urgent." in topic or ".sealed." in topic else "routine"


def channel_of(lane: str) -> str:
    """The NOTIFY channel that wakes a lane's relay in another process."""
    return f"outbox_{lane}"


def shard_of(key: str) -> int:
    """The shard of an aggregate: one relay at a time sends its events, in order."""
    return crc32(key.encode()) % SHARDS


class Work(Transaction):
    """A transaction with `now` from the clock port and an outbox."""

    def __init__(self, engine: AsyncEngine, clock: Clock, outlet: Outlet | None = None) -> None:
        super().__init__(engine)
        self.clock = clock
        self.now: datetime = clock.now()
        self._outlet = outlet
        self._traces: dict[str, str] = {}
        self._messages: list[dict[str, Any]] = []
        self._touched: dict[str, set[int]] = {}
        self._after: list[Callable[[], None]] = []

    def trace(self, event: Envelope, **attributes: str | int) -> None:
        """Let the events that `event` causes (by their causationid) go on with its trace."""
        if parent := passed_on(event.traceparent, event.type, **attributes):
            self._traces[event.id] = parent

    def publish(self, topic: str, event: Envelope, key: str) -> None:
        """Send `event` to `topic` after the commit, in the order of the calls. `event.id` must be deterministic."""
        if event.traceparent is None and (parent := self._traces.get(event.causationid or "") or current_traceparent()):
            event = event.replace(traceparent=parent)
        self.send(topic, key, encode(event), event.type, UUID(event.id))

    def tombstone(self, topic: str, key: str, id: UUID) -> None:
        """Delete `key` from a compacted topic."""
        self.send(topic, key, None, "tombstone", id)

    def send(
        self,
        topic: str,
        key: str,
        payload: bytes | None,
        type: str,
        id: UUID,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Send raw bytes after the commit."""
        if payload is not None and len(payload) > MAX_DEAD_LETTER_BYTES:
            raise Poison(f"an outgoing message of {len(payload)} bytes")
        self._messages.append(
            {
                "id": id,
                "aggregatetype": topic,
                "aggregateid": key,
                "type": type,
                "payload": payload,
                "headers": headers,
                "lane": lane_of(topic),
                "shard": shard_of(key),
                "created_at": self.now,
            }
        )

    def after_commit(self, call: Callable[[], None]) -> None:
        """Run `call` once the commit stands; for waking, never for work that must happen."""
        self._after.append(call)

    async def flush(self) -> None:
        self.insert(OUTBOX, self._messages)
        for message in self._messages:
            self._touched.setdefault(message["lane"], set()).add(message["shard"])
        self._messages = []
        await super().flush()

    async def commit(self) -> None:
        await self.flush()
        for lane, shards in self._touched.items():
            if self._outlet is None or not self._outlet.holds(lane, shards):
                await self.fetch("SELECT pg_notify($1, '')", channel_of(lane))
        await super().commit()
        if self._outlet:
            for lane in self._touched:
                self._outlet.wake(lane)
        for call in self._after:
            call()
