"""A small service on the bus: one table-less handler, one lane, real Kafka and PostgreSQL."""

import secrets
from collections.abc import AsyncIterator, Callable

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.work import Work
from shared.db import connect
from shared.kernel.clock import SystemClock
from tests.conftest import Broker, MakeDatabase


@pytest.fixture
async def engine(make_database: MakeDatabase) -> AsyncIterator[AsyncEngine]:
    engine = connect(await make_database("tasking"), pool_size=10)
    yield engine
    await engine.dispose()


@pytest.fixture
def open_work(engine: AsyncEngine) -> Callable[[], Work]:
    return lambda: Work(engine, SystemClock())


@pytest.fixture
def new_topic(broker: Broker) -> Callable[..., str]:
    """Makes a topic with a name of its own."""
    admin = AdminClient(broker.client())

    def make(partitions: int = 1, name: str | None = None) -> str:
        topic = name or f"test.{secrets.token_hex(4)}.v1"
        admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(10)
        return topic

    return make


@pytest.fixture
def send(broker: Broker) -> Callable[..., None]:
    """Publishes values to a topic as an outsider would, and waits for the broker."""
    producer = Producer(broker.client() | {"linger.ms": 1})

    def publish(topic: str, *values: bytes, key: bytes | None = b"k") -> None:
        for value in values:
            producer.produce(topic, value=value, key=key)
        assert producer.flush(10) == 0

    return publish
