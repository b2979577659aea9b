"""Follows the services' own topics as the operator may, so that every step can be checked from outside."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import orjson
from confluent_kafka import Consumer, Message, TopicPartition

from nclcc.demo.seen import HandOver, Seen
from shared.contracts.topics import (
    ALERTS_EVENTS,
    PROTECT_EVENTS,
    PROTECT_SEALED,
    PROTECT_URGENT,
    PURSUE_EVENTS,
    PURSUE_SEALED,
    PURSUE_URGENT,
    receipts_topic,
)

FOLLOWED: Final = (
    PURSUE_EVENTS,
    PURSUE_URGENT,
    PURSUE_SEALED,
    PROTECT_EVENTS,
    PROTECT_URGENT,
    PROTECT_SEALED,
    ALERTS_EVENTS,
    *(receipts_topic(service) for service in ("intel", "tasking", "safeguarding")),
)
_SECONDS: Final = 15.0
_LOOK_SECONDS: Final = 0.05
T = TypeVar("T")


class Follower:
    """Reads topics from where they end now, on a thread of its own, and hands each message to the event loop."""

    def __init__(self, settings: Mapping[str, Any], topics: tuple[str, ...], take: Callable[[Message], None]) -> None:
        self._settings, self._topics, self._take = settings, topics, take
        self._stopping = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._thread: threading.Thread | None = None

    async def start(self) -> None:
        """Returns when it stands at the end of each topic."""
        consumer = await asyncio.to_thread(self._open)
        self._thread = threading.Thread(target=self._run, args=(consumer,), daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, _SECONDS)

    def _open(self) -> Consumer:
        consumer = Consumer({"group.id": "demo", "enable.auto.commit": False, "log_level": 0, **self._settings})
        try:
            consumer.assign([self._end(consumer, topic, number) for topic, number in self._partitions(consumer)])
        except BaseException:
            consumer.close()
            raise
        return consumer

    def _partitions(self, consumer: Consumer) -> list[tuple[str, int]]:
        found = ((topic, consumer.list_topics(topic, timeout=_SECONDS).topics[topic]) for topic in self._topics)
        return [(topic, number) for topic, metadata in found for number in metadata.partitions]

    def _end(self, consumer: Consumer, topic: str, number: int) -> TopicPartition:
        _, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=_SECONDS)
        return TopicPartition(topic, number, high)

    def _run(self, consumer: Consumer) -> None:
        try:
            while not self._stopping.is_set():
                first = consumer.poll(0.1)
                if first is not None:
                    batch = [first, *consumer.consume(500, 0)]
                    self._loop.call_soon_threadsafe(self._hand_over, batch)
        finally:
            consumer.close()

    def _hand_over(self, batch: list[Message]) -> None:
        for message in batch:
            if message.error() is None:
                self._take(message)


class LogFile:
    """The log channel's file, read on from where the last reading ended."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset = path, 0

    def new_lines(self) -> list[HandOver]:
        """What was handed over since; a line that is still being written waits."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            complete, _, _ = file.read().rpartition(b"\n")
        self._offset += len(complete) + 1 if complete else 0
        return [_hand_over(line) for line in complete.splitlines()]


def _hand_over(line: bytes) -> HandOver:
    found = orjson.loads(line)
    return HandOver(found["reference"], found.get("link"), found["to"], datetime.fromisoformat(found["at"]))


class Watcher:
    """What was seen, and waiting for what is still to be seen."""

    def __init__(self, settings: Mapping[str, Any], hand_overs: Path) -> None:
        self.seen = Seen()
        self._log = LogFile(hand_overs)
        self._changed = asyncio.Event()
        self._follower = Follower(settings, FOLLOWED, self._take)

    async def __aenter__(self) -> Self:
        await self._follower.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._follower.stop()

    def wake(self) -> None:
        """Something else that waits may depend on has changed."""
        self._changed.set()

    async def until(self, found: Callable[[], T | None], within: float) -> T | None:
        """The first answer that is not None; None if there is none within so many seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while True:
            self._changed.clear()
            self.seen.hand_overs += self._log.new_lines()
            answer, left = found(), deadline - loop.time()
            if answer is not None or left <= 0:
                return answer
            # nothing wakes us for a line in a file
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(left, _LOOK_SECONDS))

    def _take(self, message: Message) -> None:
        value = message.value()
        if value:
            self.seen.take(orjson.loads(value))
            self._changed.set()
