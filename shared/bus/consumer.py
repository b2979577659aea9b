"""A lane: takes batches from Kafka, runs each in one transaction with its position, and judges what goes wrong."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.bus.dead_letters import DeadLetterCapReached, set_aside
from shared.bus.kafka import KafkaSettings, new_consumer
from shared.bus.positions import Move, Partition, move_positions, read_positions
from shared.bus.record import BatchHandler, Record
from shared.bus.work import Work
from shared.db import is_passing
from shared.kernel.clock import monotonic
from shared.kernel.errors import Poison, PositionLost, Rejected, Retryable
from shared.observability import metrics

log = logging.getLogger(__name__)

OpenWork = Callable[[], Work]

_ASK_SECONDS = 2.0
_GIVE_WAY_SECONDS = 1.0
_FAR_BEHIND = 2000
"""Messages: more than this, and the lanes behind it give way."""
_SAVE_SECONDS = 1.0
"""How long a position may be ahead of the stored one while nothing is for the lane."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What a consumer group reads (topics, or a pattern anchored at both ends) and who handles a batch of it.

    `keep` looks at raw bytes and says whether the handler needs to see a message at all; the position moves on
    past the others. It is how tasking reads ahead of a backlog. Nobody waits for what a `patient` lane carries.
    `storable` takes out of a message what must not be kept, before it is set aside as a dead letter.
    `gives_way_to` is the group of a lane of the same process that reads ahead of this one.
    """

    group: str
    handle: BatchHandler
    topics: tuple[str, ...] = ()
    pattern: str | None = None
    max_records: int = 500
    max_bytes: int = 8 * 1024 * 1024
    keep: Callable[[Record], bool] | None = None
    patient: bool = False
    storable: Callable[[Record], Record] = lambda record: record
    gives_way_to: str | None = None


class Consumer:
    """Runs one lane until it is stopped. `ready` is false while the broker or the database is away."""

    def __init__(self, lane: Lane, kafka: KafkaSettings, member: str, open_work: OpenWork) -> None:
        self.lane = lane
        self.ready = False
        self.why_not = "starting"
        self.ahead: Consumer | None = None
        """The lane that this one gives way to."""
        self._kafka = kafka
        self._member = member
        self._open = open_work
        self._positions: dict[Partition, int] = {}
        self._stored: dict[Partition, int] = {}
        self._saved_at = monotonic()
        self._to_seek: set[Partition] = set()
        self._consumer: AIOKafkaConsumer | None = None
        self._stopping = asyncio.Event()
        self._joined = 0

    async def run(self) -> None:
        """Consume until `stop`. Waits out a broker or database that is away; never raises for either."""
        while not self._stopping.is_set():
            try:
                await self._start()
                await self._loop()
            except (KafkaError, ConnectionError, OSError) as error:
                await self._not_ready(f"broker: {type(error).__name__}")
            finally:
                await self._close()

    def stop(self) -> None:
        """Ask the loop to end after the batch in hand."""
        self._stopping.set()

    async def find_broker(self) -> str | None:
        """Why the broker does not answer, or None. Asks it: a lane that waits for messages does not see it go."""
        if self._consumer is None or not self.ready:
            return self.why_not or None
        try:
            await asyncio.wait_for(self._consumer.topics(), _ASK_SECONDS)
        except (KafkaError, TimeoutError) as error:
            return type(error).__name__
        return None

    async def _start(self) -> None:
        self._consumer = new_consumer(
            self._kafka,
            self.lane.group,
            self._member,
            patient=self.lane.patient,
            finds_topics=self.lane.pattern is not None,
        )
        self._joined = 0
        listener = _Assignments(self._assigned, self._revoked)
        if self.lane.pattern:
            self._consumer.subscribe(pattern=self.lane.pattern, listener=listener)
        else:
            self._consumer.subscribe(list(self.lane.topics), listener=listener)
        await self._consumer.start()
        self.ready, self.why_not = True, ""

    async def _close(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._positions.clear()
        self._stored.clear()
        if consumer is not None:
            try:
                await consumer.stop()
            except KafkaError as error:
                log.warning("consumer stop failed", extra={"group": self.lane.group, "error": type(error).__name__})

    def _assigned(self, partitions: set[Partition]) -> None:
        # a seek needs the database; the loop does it before it takes a message of these partitions
        self._to_seek |= partitions
        self._joined += 1

    def _revoked(self, partitions: set[Partition]) -> None:
        for partition in partitions:
            self._positions.pop(partition, None)
            self._stored.pop(partition, None)
            self._to_seek.discard(partition)

    async def _loop(self) -> None:
        while not self._stopping.is_set():
            assert self._consumer is not None
            if self._to_seek and not await self._seek():
                continue
            self._look_for_new_topics()
            await self._give_way()
            fetched = await self._consumer.getmany(timeout_ms=250, max_records=self.lane.max_records)
            batch = self._take(fetched)
            if batch or (self._unsaved and monotonic() > self._saved_at + _SAVE_SECONDS):
                await self._until_done(batch)

    def _look_for_new_topics(self) -> None:
        """Join once more after a start if topics are there that nobody gave us.

        A static member that comes back gets the assignment that it had, although topics that its pattern matches were
        made in the meantime: the broker compares no subscriptions (KIP-345). They would be read by nobody.
        """
        if self._joined != 1 or self.lane.pattern is None or not self._kafka.static or self._consumer is None:
            return
        self._joined += 1
        given = {tp.topic for tp in self._consumer.assignment()}
        if self._consumer.subscription() - given:
            self._consumer._coordinator.request_rejoin()

    async def _give_way(self) -> None:
        """Let the lane that reads ahead get there first, for a while: even routine must not stand still for ever."""
        until = monotonic() + _GIVE_WAY_SECONDS
        while self.ahead is not None and self.ahead.is_behind and monotonic() < until and not self._stopping.is_set():
            await self._wait(0.02)

    @property
    def is_behind(self) -> bool:
        """Whether there is more than a fetch between this lane and the end of what it reads."""
        if self._consumer is None:
            return False
        lag = 0
        for tp in self._consumer.assignment():
            at = self._positions.get(Partition(tp.topic, tp.partition))
            if at is not None:
                lag += max(0, (self._consumer.highwater(tp) or 0) - at)
        return lag > _FAR_BEHIND

    async def _seek(self) -> bool:
        wanted = set(self._to_seek)
        try:
            async with self._open() as work:
                stored = await read_positions(work, self.lane.group, wanted)
                await work.commit()
        except Exception as error:
            if not is_passing(error):
                raise
            await self._not_ready(f"database: {type(error).__name__}")
            return False
        assert self._consumer is not None
        for partition in stored.keys() & self._to_seek:
            self._to_seek.discard(partition)
            try:
                self._consumer.seek(TopicPartition(partition.topic, partition.number), stored[partition])
            except IllegalStateError:
                continue  # revoked in the meantime
            self._positions[partition] = self._stored[partition] = stored[partition]
        self.ready, self.why_not = True, ""
        return True

    def _take(self, fetched: dict[TopicPartition, list[object]]) -> list[Record]:
        """The messages of partitions whose stored position is known; others come again after the seek."""
        records: list[Record] = []
        size = 0
        for tp, messages in fetched.items():
            partition = Partition(tp.topic, tp.partition)
            if partition in self._to_seek or partition not in self._positions:
                continue
            for message in messages:
                record = _record(message)
                size += len(record.value or b"")
                if records and size > self.lane.max_bytes:
                    assert self._consumer is not None
                    self._consumer.seek(tp, record.offset)  # the rest is fetched again
                    break
                records.append(record)
        return records

    async def _until_done(self, batch: Sequence[Record]) -> None:
        """Handle a batch whole, or message by message if one is bad; wait out what passes."""
        attempt = 0
        while not self._stopping.is_set():
            try:
                await self._handle(batch)
                self.ready, self.why_not = True, ""
                return
            except PositionLost:
                metrics.POSITIONS_LOST.labels(self.lane.group).inc()
                self._to_seek |= {Partition(record.topic, record.partition) for record in batch}
                return
            except DeadLetterCapReached:
                await self._not_ready("dead letters: the cap is reached", 5.0)
            except Exception as error:
                if isinstance(error, Retryable) or is_passing(error):
                    attempt += 1
                    metrics.RETRIES.labels(self.lane.group).inc()
                    await self._not_ready(f"{type(error).__name__}", _backoff(attempt))
                elif len(batch) != 1:
                    await self._one_by_one(batch)
                    return
                else:
                    attempt += 1
                    if attempt >= 3 or isinstance(error, Poison | Rejected):
                        await self._set_aside(batch[0], error, attempt)
                        return

    async def _one_by_one(self, batch: Sequence[Record]) -> None:
        for record in batch:
            # what is to be read again from its stored position must not be passed over; the rest goes on
            if Partition(record.topic, record.partition) not in self._to_seek:
                await self._until_done([record])

    async def _handle(self, batch: Sequence[Record]) -> None:
        wanted = [record for record in batch if self.lane.keep is None or self.lane.keep(record)]
        if batch and not wanted and monotonic() < self._saved_at + _SAVE_SECONDS:
            self._passed_over(batch)
            return
        with metrics.BATCH_SECONDS.labels(self.lane.group).time():
            async with self._open() as work:
                moves = self._moves(batch)
                parked = await move_positions(work, self.lane.group, moves)
                if parked:
                    waiting = [record for record in wanted if (record.topic, record.key) in parked]
                    wanted = [record for record in wanted if (record.topic, record.key) not in parked]
                    for record in waiting:
                        await set_aside(work, self.lane.group, self.lane.storable(record), "Parked", 0)
                if wanted:
                    await self.lane.handle(work, wanted)
                await work.commit()
        self._moved(moves, len(batch))

    async def _set_aside(self, record: Record, error: Exception, attempts: int) -> None:
        """Dead-letter one message in a transaction of its own; if that fails, the partition stops here."""
        log.error(
            "message set aside",
            extra={
                "group": self.lane.group,
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "error": type(error).__name__,
            },
        )
        while not self._stopping.is_set():
            try:
                async with self._open() as work:
                    moves = self._moves([record])
                    await move_positions(work, self.lane.group, moves)
                    kept = self.lane.storable(record)
                    await set_aside(work, self.lane.group, kept, type(error).__name__, attempts)
                    await work.commit()
                self._moved(moves, 1)
                metrics.DEAD_LETTERS.labels(self.lane.group).inc()
                return
            except PositionLost:
                self._to_seek.add(Partition(record.topic, record.partition))
                return
            except Exception as failure:
                await self._not_ready(f"dead letters: {type(failure).__name__}", 2.0)

    def _moves(self, batch: Sequence[Record]) -> list[Move]:
        to = {partition: self._positions[partition] for partition in self._unsaved}
        for record in batch:
            to[Partition(record.topic, record.partition)] = record.offset + 1
        if any(partition not in self._stored for partition in to):
            raise PositionLost(self.lane.group)
        return [Move(partition, self._stored[partition], offset) for partition, offset in to.items()]

    @property
    def _unsaved(self) -> list[Partition]:
        """Partitions that were read on in memory alone."""
        return [one for one, at in self._positions.items() if at != self._stored[one]]

    def _moved(self, moves: Sequence[Move], count: int) -> None:
        for move in moves:
            if move.partition in self._positions:
                self._positions[move.partition] = self._stored[move.partition] = move.to
        self._saved_at = monotonic()
        metrics.CONSUMED.labels(self.lane.group).inc(count)

    def _passed_over(self, batch: Sequence[Record]) -> None:
        """Nothing here is for this lane: go on in memory, and store the position with the next that is, or soon."""
        for record in batch:
            partition = Partition(record.topic, record.partition)
            if partition in self._positions:
                self._positions[partition] = record.offset + 1
        metrics.CONSUMED.labels(self.lane.group).inc(len(batch))

    async def _not_ready(self, why: str, seconds: float = 0.5) -> None:
        self.ready, self.why_not = False, why
        log.warning("waiting", extra={"group": self.lane.group, "why": why})
        await self._wait(seconds)

    async def _wait(self, seconds: float) -> None:
        """Wait, unless asked to stop."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def report_lag(self) -> None:
        """Commit the positions to Kafka too, where operators' tools look for lag; nothing reads them back."""
        if self._consumer is None or not self._positions:
            return
        offsets = {TopicPartition(p.topic, p.number): offset for p, offset in self._positions.items()}
        try:
            await self._consumer.commit(offsets)
        except (KafkaError, IllegalStateError) as error:
            log.info("offsets not reported", extra={"group": self.lane.group, "error": type(error).__name__})

    @property
    def positions(self) -> dict[Partition, int]:
        """Where this copy stands in the partitions that it holds."""
        return dict(self._positions)


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    """Passes assignments on as our own partitions."""

    def __init__(self, assigned: Callable[[set[Partition]], None], revoked: Callable[[set[Partition]], None]) -> None:
        self._on_assigned = assigned
        self._on_revoked = revoked

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._on_assigned({Partition(tp.topic, tp.partition) for tp in assigned})

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self._on_revoked({Partition(tp.topic, tp.partition) for tp in revoked})


def _record(message: object) -> Record:
    return Record(
        topic=message.topic,  # type: ignore[attr-defined]
        partition=message.partition,  # type: ignore[attr-defined]
        offset=message.offset,  # type: ignore[attr-defined]
        key=message.key,  # type: ignore[attr-defined]
        value=message.value,  # type: ignore[attr-defined]
        headers=tuple(message.headers),  # type: ignore[attr-defined]
        at=datetime.fromtimestamp(message.timestamp / 1000, UTC),  # type: ignore[attr-defined]
    )


def _backoff(attempt: int) -> float:
    """Seconds: exponential with full jitter, at most 5."""
    return random.uniform(0.02, min(5.0, 0.05 * 2.0 ** min(attempt, 8)))
