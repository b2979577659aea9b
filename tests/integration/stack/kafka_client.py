"""A plain outside client for the tests of brokers: publishes one message, reads what a topic holds."""

import time
from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

QUIET = {"log_level": "0"}
SECONDS = 20.0


def settings(bootstrap: str, security: Mapping[str, str] | None) -> dict[str, str | int | float | bool]:
    return {"bootstrap.servers": bootstrap, **QUIET, **(security or {})}


def create_topic(bootstrap: str, topic: str, security: Mapping[str, str] | None = None) -> None:
    admin = AdminClient(settings(bootstrap, security))
    for made in admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)]).values():
        made.result(SECONDS)


def publish(bootstrap: str, topic: str, value: bytes, security: Mapping[str, str] | None = None) -> None:
    """Blocks until the broker has it; raises KafkaException with the broker's answer."""
    errors: list[KafkaError] = []
    large = {"message.max.bytes": 3_000_000, "message.timeout.ms": int(SECONDS * 1000)}
    producer = Producer({**settings(bootstrap, security), **large})
    producer.produce(topic, value, on_delivery=lambda error, _: errors.append(error) if error else None)
    producer.flush(SECONDS)
    if errors:
        raise KafkaException(errors[0])


def read(bootstrap: str, topic: str, count: int, security: Mapping[str, str] | None = None) -> list[bytes]:
    """The first `count` values of partition 0."""
    group = {"group.id": "reader", "enable.auto.commit": False, "fetch.message.max.bytes": 3_000_000}
    consumer = Consumer({**settings(bootstrap, security), **group})
    consumer.assign([TopicPartition(topic, 0, 0)])
    values: list[bytes] = []
    deadline = time.monotonic() + SECONDS
    try:
        while len(values) < count and time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is not None and message.error() is None:
                values.append(message.value() or b"")
        return values
    finally:
        consumer.close()
