"""Follows the services' own topics as the operator may, so that every step can be checked from outside."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import orjson
from confluent_kafka import Consumer, Message, TopicPartition

from nclcc.demo.seen import Seen
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
        consumer = Consumer({"group.id": "outside", "enable.auto.commit": False, "log_level": 0, **self._settings})
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


class Watcher:
    """What was seen, and waiting for what is still to be seen."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.seen = Seen()
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
        while (answer := found()) is None and (left := deadline - loop.time()) > 0:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                continue
        return answer

    def _take(self, message: Message) -> None:
        value = message.value()
        if value:
            self.seen.take(orjson.loads(value))
            self._changed.set()
