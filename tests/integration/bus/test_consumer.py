"""A lane on real Kafka and PostgreSQL: positions, replays, bad messages, parked keys, rebalances."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from shared.bus.consumer import Consumer, Lane
from shared.bus.dead_letters import list_dead_letters, replay_one, request_replay
from shared.bus.positions import Move, Partition, move_positions, read_positions
from shared.bus.record import Record
from shared.bus.work import Work
from shared.contracts.envelope import decode
from shared.kernel.errors import Poison, PositionLost, Retryable
from tests.conftest import Broker, until

OpenWork = Callable[[], Work]
Send = Callable[..., None]
NewTopic = Callable[..., str]
NOW = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)


@asynccontextmanager
async def running(broker: Broker, open_work: OpenWork, lane: Lane, member: str = "0") -> AsyncIterator[Consumer]:
    consumer = Consumer(lane, broker.settings(), member, open_work)
    task = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        consumer.stop()
        await task


class Seen:
    """A handler that keeps what it was given, as committed rows of the inbox."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.fail: Callable[[Sequence[Record]], None] = lambda _: None

    async def __call__(self, work: Work, records: Sequence[Record]) -> None:
        self.fail(records)
        await work.fetch(
            "INSERT INTO inbox (source, id, claimed_at) SELECT 'test', v, $2 FROM unnest($1::text[]) v",
            [f"{record.topic}/{record.partition}/{record.offset}" for record in records],
            work.now,
        )
        self.batches.append([record.value or b"" for record in records])


async def committed(open_work: OpenWork) -> int:
    async with open_work() as work:
        rows = await work.fetch("SELECT count(*) AS n FROM inbox WHERE source = 'test'")
    return int(rows[0].n)


def lane(topic: str, handle: Callable[[Work, Sequence[Record]], Awaitable[None]], **settings: object) -> Lane:
    return Lane(group=f"test.{secrets.token_hex(3)}", handle=handle, topics=(topic,), **settings)  # type: ignore[arg-type]


class TestOneLane:
    async def test_takes_everything_once_across_a_restart(
        self, broker: Broker, open_work: OpenWork, new_topic: NewTopic, send: Send
    ) -> None:
        topic, seen = new_topic(3), Seen()
        one = lane(topic, seen)
        send(topic, *(b"%d" % n for n in range(50)), key=None)
        async with running(broker, open_work, one):
            await until(lambda: _all(open_work, 50), "50 messages")
        send(topic, *(b"%d" % n for n in range(50, 80)), key=None)
        async with running(broker, open_work, one):
            await until(lambda: _all(open_work, 80), "80 messages")
        assert sorted(int(value) for batch in seen.batches for value in batch) == list(range(80))

    async def test_the_stored_position_wins_over_the_brokers_offset(
        self, broker: Broker, open_work: OpenWork, new_topic: NewTopic, send: Send
    ) -> None:
        topic, seen = new_topic(), Seen()
        one = lane(topic, seen)
        send(topic, b"0", b"1", b"2", b"3")
        async with open_work() as work:
            partition = Partition(topic, 0)
            await read_positions(work, one.group, [partition])
            await move_positions(work, one.group, [Move(partition, 0, 3)])
            await work.commit()
        async with running(broker, open_work, one):
            await until(lambda: bool(seen.batches), "a batch")
        assert seen.batches == [[b"3"]]

    async def test_one_bad_message_of_500_is_set_aside_alone_and_its_key_waits(
        self, broker: Broker, open_work: OpenWork, new_topic: NewTopic, send: Send
    ) -> None:
        topic, seen = new_topic(), Seen()
        one = lane(topic, seen)
        new_topic(name=f"{topic}.{one.group}.dlt")

        def bad(records: Sequence[Record]) -> None:
            if any(record.value == b"bad" for record in records):
                raise Poison("no")

        seen.fail = bad
        send(topic, *(b"%d" % n for n in range(250)), key=b"good")
        send(topic, b"bad", key=b"sick")
        send(topic, *(b"%d" % n for n in range(250, 498)), key=b"good")
        send(topic, b"after", key=b"sick")
        async with running(broker, open_work, one):
            await until(lambda: _all(open_work, 498), "498 good messages")
            await until(lambda: _dead(open_work, 2), "the bad one and the one parked behind it")
        async with open_work() as work:
            dead = await list_dead_letters(work)
        assert [one.error_class for one in dead] == ["Poison", "Parked"]
        assert await noticed(open_work) == ["dead_letter"]

        seen.fail = lambda _: None
        async with open_work() as work:
            assert await request_replay(work, one.group) == 2
            await work.commit()
        for _ in range(2):
            async with open_work() as work:
                assert await replay_one(work, one.group, seen)
                await work.commit()
        assert seen.batches[-2:] == [[b"bad"], [b"after"]]
        assert await _dead(open_work, 0)

    async def test_what_passes_is_waited_out_at_the_same_offset(
        self, broker: Broker, open_work: OpenWork, new_topic: NewTopic, send: Send
    ) -> None:
        topic, seen = new_topic(), Seen()
        attempts = 0

        def busy(_: Sequence[Record]) -> None:
            nonlocal attempts
            attempts += 1
            if attempts < 4:
                raise Retryable("busy")

        seen.fail = busy
        send(topic, b"1")
        async with running(broker, open_work, lane(topic, seen)):
            await until(lambda: _all(open_work, 1), "the message")
        assert attempts == 4
        assert await _dead(open_work, 0)

    async def test_what_it_need_not_keep_is_passed_over(
        self, broker: Broker, open_work: OpenWork, new_topic: NewTopic, send: Send
    ) -> None:
        topic, seen = new_topic(), Seen()
        one = lane(topic, seen, keep=lambda record: b"urgent" in (record.value or b""))
        send(topic, b"a", b"b urgent", b"c")
        async with running(broker, open_work, one) as consumer:
            await until(lambda: consumer.positions.get(Partition(topic, 0)) == 3, "the end")
        assert [value for batch in seen.batches for value in batch] == [b"b urgent"]

    async def test_a_batch_is_bounded_in_bytes_and_nothing_is_read_twice_or_left_out(
        self, broker: Broker, open_work: OpenWork, new_topic: NewTopic, send: Send
    ) -> None:
        topic, looked_at = new_topic(), Counter[int]()

        def keep(record: Record) -> bool:
            looked_at[record.offset] += 1
            return record.offset == 999

        seen = Seen()
        one = lane(topic, seen, keep=keep, max_bytes=10_000, max_records=5000)
        send(topic, *(b"%0100d" % n for n in range(1000)))
        async with running(broker, open_work, one):
            await until(lambda: bool(seen.batches), "the last of them")
        assert looked_at == Counter(range(1000))


class TestSeveralCopies:
    async def test_a_pattern_finds_new_topics_within_seconds(
        self, broker: Broker, open_work: OpenWork, new_topic: NewTopic, send: Send
    ) -> None:
        name, seen = f"org-{secrets.token_hex(3)}", Seen()
        one = Lane(f"test.{name}", seen, pattern=rf"^{name}\.[a-z]+\.v1$")
        first = new_topic(name=f"{name}.one.v1")
        send(first, b"1")
        async with running(broker, open_work, one):
            await until(lambda: _all(open_work, 1), "the first topic")
            second = new_topic(name=f"{name}.two.v1")
            new_topic(name=f"{name}.two.v1.test.dlt")
            send(second, b"2")
            await until(lambda: _all(open_work, 2), "the new topic")

    async def test_a_topic_that_was_made_while_it_was_away_is_found(
        self, broker: Broker, open_work: OpenWork, new_topic: NewTopic, send: Send
    ) -> None:
        name, seen = f"org-{secrets.token_hex(3)}", Seen()
        one = Lane(f"test.{name}", seen, pattern=rf"^{name}\.[a-z]+\.v1$")
        send(new_topic(name=f"{name}.one.v1"), b"1")
        async with running(broker, open_work, one):
            await until(lambda: _all(open_work, 1), "the first topic")
        send(new_topic(name=f"{name}.two.v1"), b"2")
        async with running(broker, open_work, one):
            await until(lambda: _all(open_work, 2), "the topic that is new to it")

    async def test_nothing_is_lost_or_doubled_when_copies_come_and_go(
        self, broker: Broker, open_work: OpenWork, new_topic: NewTopic, send: Send
    ) -> None:
        topic, seen = new_topic(6), Seen()
        one = lane(topic, seen, max_records=7)
        async with running(broker, open_work, one, "0"):
            send(topic, *(b"%d" % n for n in range(200)), key=None)
            async with running(broker, open_work, one, "1"):
                send(topic, *(b"%d" % n for n in range(200, 400)), key=None)
                await until(lambda: _all(open_work, 400), "400 messages")
            send(topic, *(b"%d" % n for n in range(400, 500)), key=None)
            await until(lambda: _all(open_work, 500), "500 messages")
        values = sorted(int(value) for batch in seen.batches for value in batch)
        assert len(set(values)) == 500

    async def test_a_zombie_writes_nothing(self, open_work: OpenWork) -> None:
        partition = Partition("t", 0)
        async with open_work() as work:
            await read_positions(work, "g", [partition])
            await work.commit()
        async with open_work() as mine:
            await move_positions(mine, "g", [Move(partition, 0, 5)])
            await mine.commit()
        async with open_work() as zombie:
            with pytest.raises(PositionLost):
                await move_positions(zombie, "g", [Move(partition, 0, 5)])


async def _all(open_work: OpenWork, count: int) -> bool:
    return await committed(open_work) == count


async def noticed(open_work: OpenWork) -> list[str]:
    """What the centre's desk is to be alerted to."""
    async with open_work() as work:
        rows = await work.fetch("SELECT payload FROM outbox WHERE aggregatetype LIKE '%.notices.urgent.v1'")
    return sorted({str(decode(row.payload).data["kind"]) for row in rows})


async def _dead(open_work: OpenWork, count: int) -> bool:
    async with open_work() as work:
        return len(await list_dead_letters(work)) == count


class TestMessageByMessage:
    async def test_a_partition_that_is_lost_takes_no_message_of_another_with_it(
        self, broker: Broker, open_work: OpenWork
    ) -> None:
        seen = Seen()
        one = lane("two.v1", seen)
        lost, kept = Partition("two.v1", 0), Partition("two.v1", 1)
        async with open_work() as work:
            await read_positions(work, one.group, [lost, kept])
            await move_positions(work, one.group, [Move(lost, 0, 5)])  # another owner's
            await work.commit()
        consumer = Consumer(one, broker.settings(), "0", open_work)
        consumer._positions = {lost: 0, kept: 0}
        consumer._stored = {lost: 0, kept: 0}
        batch = [Record("two.v1", p.number, n, b"k", b"%d" % n, (), NOW) for p in (lost, kept) for n in range(2)]
        await consumer._one_by_one(batch)
        assert seen.batches == [[b"0"], [b"1"]]
        assert consumer.positions[kept] == 2
