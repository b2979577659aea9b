"""A plain Kafka client for the command line: send messages, follow topics, read one to its end; joins no group."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from shared.contracts.envelope import CONTENT_TYPE

Client = Mapping[str, Any]
"""librdkafka settings: where the broker is, and the login."""
BrokerFailure = KafkaException
"""What the functions here raise when the broker is away or says no."""

_ASK_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 1.0
_SEND_SECONDS: Final = 15.0
_HEADERS: Final[list[tuple[str, str | bytes | None]]] = [("content-type", CONTENT_TYPE)]
_GROUP: Final = {"group.id": "org.nclcc.command", "enable.auto.commit": False}
"""librdkafka wants a group's name to assign partitions by hand; nothing joins it."""


@dataclass(slots=True)
class Sent:
    """Where a message came to lie, or why it did not."""

    id: str | None
    topic: str
    partition: int | None = None
    offset: int | None = None
    error: str | None = "not acknowledged in time"


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it was read."""

    topic: str
    partition: int
    offset: int
    key: str | None
    value: bytes | None
    at: datetime


class Sender:
    """Sends CloudEvents for one login; what became of each stands in its `Sent` after `finish`."""

    def __init__(self, client: Client) -> None:
        self._producer = Producer({**client, "linger.ms": 1, "acks": "all", "log_level": 0})

    def send(self, id: str | None, topic: str, value: bytes, key: str | None) -> Sent:
        """Hand a message over; returns at once."""
        sent = Sent(id, topic)

        def record(error: KafkaError | None, message: Message) -> None:
            sent.error = error.name() if error else None
            if error is None:
                sent.partition, sent.offset = message.partition(), message.offset()

        self._producer.produce(topic, value, key, headers=_HEADERS, on_delivery=record)
        self._producer.poll(0)
        return sent

    def finish(self) -> None:
        """Wait for the broker's word on all of them."""
        self._producer.flush(_SEND_SECONDS)


class Follower:
    """Follows topics by patterns (`*` for anything); topics that come up later are read from their beginning."""

    def __init__(self, client: Client, patterns: Sequence[str], beginning: bool) -> None:
        self._consumer = Consumer({**client, **_GROUP, "log_level": 0})
        self._patterns = patterns
        self._next: dict[tuple[str, int], int] = {}
        self._from_end = not beginning
        self._looked = float("-inf")

    def messages(self, deadline: float | None) -> Iterator[Seen]:
        """What comes, until the deadline (of the monotonic clock) if there is one."""
        while deadline is None or time.monotonic() < deadline:
            if time.monotonic() - self._looked > _LOOK_SECONDS:
                self._look()
            if not self._next:
                time.sleep(0.1)  # none of the topics is there yet
                continue
            message = self._consumer.poll(0.1)
            if message is not None and message.error() is None:
                seen = _seen(message)
                self._next[seen.topic, seen.partition] = seen.offset + 1
                yield seen

    def close(self) -> None:
        self._consumer.close()

    def _look(self) -> None:
        """Take in topics that have come up; only those that were there at first are read from their end."""
        found = self._consumer.list_topics(timeout=_ASK_SECONDS).topics
        new = [
            (name, partition)
            for name, topic in found.items()
            if any(fnmatchcase(name, pattern) for pattern in self._patterns)
            for partition in topic.partitions
            if (name, partition) not in self._next
        ]
        for place in new:
            self._next[place] = _end(self._consumer, *place) if self._from_end else OFFSET_BEGINNING
        if new:
            self._consumer.assign([TopicPartition(*place, offset) for place, offset in self._next.items()])
        self._from_end, self._looked = False, time.monotonic()


def read_partition(client: Client, topic: str, partition: int) -> list[Seen]:
    """All that a partition holds now, oldest first."""
    consumer = Consumer({**client, **_GROUP, "log_level": 0})
    try:
        end = _end(consumer, topic, partition)
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
        found: list[Seen] = []
        while (not found and end) or (found and found[-1].offset + 1 < end):
            message = consumer.poll(_ASK_SECONDS)
            if message is None:
                break
            if message.error() is None:
                found.append(_seen(message))
        return found
    finally:
        consumer.close()


def topic_names(client: Client, seconds: float = _ASK_SECONDS) -> set[str]:
    """The topics that this login may see. Raises BrokerFailure."""
    return set(AdminClient({**client, "log_level": 0}).list_topics(timeout=seconds).topics)


def name_of(failure: BrokerFailure) -> str:
    """The broker's own name for what went wrong."""
    return str(failure.args[0].name())


def _end(consumer: Consumer, topic: str, partition: int) -> int:
    _, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_ASK_SECONDS)
    return int(high)


def _seen(message: Message) -> Seen:
    key = message.key()
    _, milliseconds = message.timestamp()
    return Seen(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        key=key.decode("utf-8", "replace") if isinstance(key, bytes) else key,
        value=message.value(),
        at=datetime.fromtimestamp(milliseconds / 1000, UTC),
    )
