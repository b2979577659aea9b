"""The relay: sends what the outbox holds unsent, in order within each aggregate, one relay per shard at a time."""

import asyncio
import logging
from base64 import b64decode
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.kafka import KafkaSettings, new_producer
from shared.bus.leases import Leases
from shared.bus.work import SHARDS, channel_of
from shared.contracts.envelope import CONTENT_TYPE
from shared.db import Transaction, is_passing
from shared.kernel.clock import Clock, monotonic
from shared.observability import metrics

log = logging.getLogger(__name__)

LANES = ("urgent", "routine")
_BATCH = 1000
_POLL_SECONDS = 1.0
_METADATA_SECONDS = 2.0
_MISSING_SECONDS = 3.0


class Relay:
    """One lane's relay in this process; every copy runs one, and leases share the shards out.

    `engine` may be one whose commits are not waited for: a lost mark only repeats a publish.
    """

    def __init__(self, engine: AsyncEngine, kafka: KafkaSettings, clock: Clock, lane: str, owner: str) -> None:
        self.lane = lane
        self.ready = False
        self._engine = engine
        self._kafka = kafka
        self._clock = clock
        self._leases = Leases(engine, owner, [f"relay/{lane}/{shard}" for shard in range(SHARDS)])
        self._owner = owner
        self._wake = asyncio.Event()
        self._stopped = asyncio.Event()
        self._producer: AIOKafkaProducer | None = None
        self._known: set[str] = set()
        self._missing: dict[str, float] = {}

    def wake(self) -> None:
        """Something was committed for this lane."""
        self._wake.set()

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()

    async def run(self) -> None:
        """Relay until `stop`; then send what is still there and give the leases up."""
        while not self._stopped.is_set():
            try:
                await self._connect()
                self._wake.clear()
                sent = await self.drain()
                self.ready = not self._missing
                if sent < _BATCH:
                    await self._pause()
            except Exception as error:
                if not (isinstance(error, KafkaError) or is_passing(error)):
                    raise
                self.ready = False
                await self._drop_producer()
                log.warning("relay waiting", extra={"lane": self.lane, "error": type(error).__name__})
                metrics.RELAY_STALLS.labels(self.lane).inc()
                await asyncio.sleep(0.2)
        await self._close()

    async def drain(self) -> int:
        """Send one batch of what is unsent in our shards; returns how many."""
        if self._leases.due:
            await self._leases.renew()
        shards = [int(name.rsplit("/", 1)[1]) for name in self._leases.held]
        if not shards:
            return 0
        async with Transaction(self._engine) as transaction:
            rows = await transaction.at_once(
                "SELECT seq, aggregatetype, aggregateid, payload, headers, created_at FROM outbox"
                " WHERE sent_at IS NULL AND lane = $1 AND shard = ANY($2::smallint[])"
                " AND aggregatetype <> ALL($4::text[]) ORDER BY seq LIMIT $3",
                self.lane,
                shards,
                _BATCH,
                self._not_there(),
            )
            rows = [row for row in rows if await self._is_there(row.aggregatetype)]
            if not rows or not self._leases.held:
                return 0
            failure, sent = await self._send(rows)
            if sent:
                await transaction.at_once("UPDATE outbox SET sent_at = $1 WHERE seq = ANY($2)", self._clock.now(), sent)
        metrics.RELAYED.labels(self.lane).inc(len(sent))
        if failure is not None:
            raise failure
        return len(rows)

    async def _send(self, rows: Sequence[Any]) -> tuple[KafkaError | None, list[int]]:
        """Hand all rows to the producer, then wait for the broker's word on each."""
        assert self._producer is not None
        futures = []
        failure: KafkaError | None = None
        for row in rows:
            try:
                futures.append(
                    await self._producer.send(
                        row.aggregatetype,
                        row.payload,
                        key=key_of(row.aggregateid, row.headers),
                        headers=_headers(row.headers),
                    )
                )
            except KafkaError as error:
                failure = error
                break
        results = await asyncio.gather(*futures, return_exceptions=True)
        sent, failed = [], set()
        for row, result in zip(rows, results, strict=False):
            key = (row.aggregatetype, row.aggregateid)
            if isinstance(result, KafkaError):
                failure = failure or result
                failed.add(key)
            elif isinstance(result, BaseException):
                raise result
            elif key not in failed:  # what overtook a failed one of its key is sent again behind it
                sent.append(row.seq)
        return failure, sent

    def _not_there(self) -> list[str]:
        """Topics that the broker did not know a moment ago: their events wait, and hold up nobody else's."""
        now = monotonic()
        self._missing = {topic: until for topic, until in self._missing.items() if until > now}
        return list(self._missing)

    async def _is_there(self, topic: str) -> bool:
        if topic in self._known:
            return True
        if topic in self._missing:
            return False
        assert self._producer is not None
        try:
            await asyncio.wait_for(self._producer.partitions_for(topic), _METADATA_SECONDS)
        except (TimeoutError, UnknownTopicOrPartitionError):
            log.error("topic is missing", extra={"lane": self.lane, "topic": topic})
            self._missing[topic] = monotonic() + _MISSING_SECONDS
            return False
        self._known.add(topic)
        return True

    async def _connect(self) -> None:
        if self._producer is None:
            producer = new_producer(self._kafka, f"{self._owner}-{self.lane}")
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer

    async def _drop_producer(self) -> None:
        """After a failure start with a fresh one: an idempotent producer may not go on after some errors."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                await producer.stop()
            except KafkaError as error:
                log.info("producer stop failed", extra={"lane": self.lane, "error": type(error).__name__})

    async def listen(self) -> None:
        """Wake for what another copy committed to our shards, by PostgreSQL's NOTIFY; the poll is the backstop."""
        while not self._stopped.is_set():
            try:
                await self._listen_once()
            except Exception as error:
                if not is_passing(error):
                    raise
                await asyncio.sleep(_POLL_SECONDS)

    async def _listen_once(self) -> None:
        channel, gone = channel_of(self.lane), asyncio.Event()
        async with self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.add_termination_listener(lambda _: gone.set())
            await driver.add_listener(channel, self._notified)
            waits = [asyncio.ensure_future(event.wait()) for event in (gone, self._stopped)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if not gone.is_set():
                await driver.remove_listener(channel, self._notified)

    def _notified(self, *_: object) -> None:
        self._wake.set()

    def holds(self, shards: set[int]) -> bool:
        """Whether this process itself relays all of these shards, so that nobody else need be told."""
        return {f"relay/{self.lane}/{shard}" for shard in shards} <= self._leases.held

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), _POLL_SECONDS)
        except TimeoutError:
            return

    async def _close(self) -> None:
        try:
            if self._producer is not None:
                await self.drain()
                await self._producer.stop()
            await self._leases.release()
        except Exception as error:
            if not (isinstance(error, KafkaError) or is_passing(error)):
                raise


def key_of(aggregate: str, stored: dict[str, str] | None) -> bytes:
    """The aggregate's id; of a dead letter the bytes that were its key, whatever they are."""
    return b64decode(stored["nclcc-key"]) if stored and "nclcc-key" in stored else aggregate.encode()


def _headers(stored: dict[str, str] | None) -> list[tuple[str, bytes]]:
    """Our own headers, or for a dead letter the original ones beside where it came from."""
    if stored is None:
        return [("content-type", CONTENT_TYPE)]
    return [(name, value.encode() if name.startswith("nclcc-") else b64decode(value)) for name, value in stored.items()]
