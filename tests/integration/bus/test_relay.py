"""The outbox and its relay on real Kafka and PostgreSQL: order, leases, a broker that is away."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from confluent_kafka import Consumer as KafkaReader
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.leases import Leases
from shared.bus.relay import Relay
from shared.bus.work import Work
from shared.contracts.envelope import Envelope, decode
from shared.kernel.clock import SystemClock
from tests.conftest import Broker, until

OpenWork = Callable[[], Work]
NewTopic = Callable[..., str]


def event(number: int, subject: str) -> Envelope:
    return Envelope(
        id=str(uuid4()),
        source="urn:nclcc:service:test",
        type="test.v1",
        time=datetime.now(UTC),
        data={"n": number},
        subject=subject,
        aggregateversion=number,
    )


def read_all(broker: Broker, topic: str, count: int) -> list[tuple[str, int]]:
    reader = KafkaReader(
        broker.client() | {"group.id": str(uuid4()), "auto.offset.reset": "earliest", "enable.auto.commit": "false"}
    )
    reader.subscribe([topic])
    found: list[tuple[str, int]] = []
    try:
        for _ in range(200):
            message = reader.poll(0.1)
            if message is not None and message.error() is None:
                envelope = decode(message.value())
                found.append((str(envelope.subject), int(envelope.data["n"])))
            if len(found) >= count:
                break
    finally:
        reader.close()
    return found


async def unsent(open_work: OpenWork) -> int:
    async with open_work() as work:
        rows = await work.fetch("SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL")
    return int(rows[0].n)


async def all_sent(open_work: OpenWork) -> bool:
    return await unsent(open_work) == 0


async def test_sends_in_order_per_aggregate_with_two_relays(
    broker: Broker, engine: AsyncEngine, open_work: OpenWork, new_topic: NewTopic
) -> None:
    topic = new_topic(3)
    relays = [Relay(engine, broker.settings(), SystemClock(), "routine", f"r{n}") for n in range(2)]
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    for number in range(1, 31):
        async with open_work() as work:
            for subject in ("a", "b", "c"):
                work.publish(topic, event(number, subject), subject)
            await work.commit()
        for relay in relays:
            relay.wake()
    await until(lambda: all_sent(open_work), "all sent")
    for relay in relays:
        relay.stop()
    await asyncio.gather(*tasks)
    found = await asyncio.to_thread(read_all, broker, topic, 90)
    for subject in ("a", "b", "c"):
        assert [number for of, number in found if of == subject] == list(range(1, 31))


async def test_a_topic_that_is_missing_holds_up_nobody_else(
    broker: Broker, engine: AsyncEngine, open_work: OpenWork, new_topic: NewTopic
) -> None:
    topic = new_topic()
    relay = Relay(engine, broker.settings(), SystemClock(), "routine", "r")
    async with open_work() as work:
        work.publish("test.never-made.v1", event(1, "a"), "a")
        work.publish(topic, event(2, "b"), "b")
        await work.commit()
    task = asyncio.create_task(relay.run())
    assert await asyncio.to_thread(read_all, broker, topic, 1) == [("b", 2)]
    await until(lambda: not relay.ready, "it says that something is missing")
    assert await unsent(open_work) == 1
    relay.stop()
    await task


async def test_a_rolled_back_transaction_sends_nothing(
    broker: Broker, engine: AsyncEngine, open_work: OpenWork, new_topic: NewTopic
) -> None:
    topic = new_topic()
    async with open_work() as work:
        work.publish(topic, event(1, "a"), "a")
        await work.flush()
    assert await unsent(open_work) == 0


async def test_a_commit_elsewhere_wakes_the_relay_by_notify(
    broker: Broker, engine: AsyncEngine, open_work: OpenWork, new_topic: NewTopic
) -> None:
    topic = new_topic()
    relay = Relay(engine, broker.settings(), SystemClock(), "routine", "r")
    tasks = [asyncio.create_task(relay.run()), asyncio.create_task(relay.listen())]
    await until(lambda: relay.ready, "the relay is ready")
    async with open_work() as work:
        work.publish(topic, event(1, "a"), "a")
        await work.commit()
    await until(lambda: all_sent(open_work), "sent")
    relay.stop()
    await asyncio.gather(*tasks)


async def test_a_lease_has_one_holder_and_runs_out(engine: AsyncEngine) -> None:
    first, second = (Leases(engine, owner, ["x", "y"], ttl_seconds=0.3) for owner in ("a", "b"))
    assert await first.renew() == {"x", "y"}
    assert await second.renew() == frozenset()

    async def taken() -> bool:
        return await second.renew() == {"x", "y"}

    await until(taken, "the lease has run out")
    assert first.held == frozenset()
    await second.release()
    assert await first.renew() == {"x", "y"}
