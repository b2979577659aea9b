"""The sealer holds everything that was committed, once, in windows that nothing can still join."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.audit import Action, Entry, Way, record
from shared.audit.checkpoint import SealedCheckpoint
from shared.audit.keys import new_key_pem, private_key
from shared.audit.sealer import Sealer
from shared.audit.verify import Damage, Report, verify_database
from shared.bus.work import Work
from shared.contracts.envelope import Envelope
from shared.contracts.topics import AUDIT_CHECKPOINTS
from shared.db import Transaction, connect
from shared.kernel.clock import ManualClock
from shared.kernel.ids import public_id

Found = tuple[Damage, int, tuple[int, ...]]


@dataclass
class House:
    """One service's audit log on a real database, with its sealer and what it published."""

    engine: AsyncEngine
    clock: ManualClock
    published: list[SealedCheckpoint] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = private_key(new_key_pem())
        self.first = asyncio.Event()

    def work(self) -> Work:
        return Work(self.engine, self.clock)

    def sealer(self, most_rows: int = 2000) -> Sealer[Work]:
        return Sealer("intel", self.work, self._publish, self.key, self.clock, most_rows=most_rows)

    def _publish(self, work: Work, sealed: SealedCheckpoint) -> None:
        self.published.append(sealed)
        self.first.set()

    async def log(self, count: int = 3) -> None:
        """One committed transaction with so many entries."""
        async with self.work() as work:
            record(work, *(entry(number) for number in range(count)))
            await work.commit()

    async def sql(self, statement: str) -> list[Any]:
        """Do something to the database that the product would not."""
        async with Transaction(self.engine) as transaction:
            rows = await transaction.fetch(statement)
            await transaction.commit()
        return list(rows)

    async def verify(self, published: list[SealedCheckpoint] | None = None) -> Report:
        return await verify_database("intel", lambda: Transaction(self.engine), [self.key.public_key()], published)

    async def damages(self, published: list[SealedCheckpoint] | None = None) -> list[Found]:
        return [(one.damage, one.number, one.rows) for one in (await self.verify(published)).findings]


def entry(number: int) -> Entry:
    return Entry(
        action=Action.DISCLOSURE,
        record_kind="protect_task",
        record_id=f"t-{number}",
        actor="svc-notify",
        organisation="nclcc",
        way=Way.KAFKA,
        recipients=("la-kent", "kent"),
        detail={"version": number},
    )


@pytest.fixture
async def house(make_database: Callable[[str], Awaitable[str]], start: datetime) -> AsyncIterator[House]:
    engine = connect(await make_database("intel"), pool_size=5)
    yield House(engine, ManualClock(start))
    await engine.dispose()


class TestSealing:
    async def test_a_window_holds_what_was_committed(self, house: House) -> None:
        await house.log(3)
        await house.log(2)
        sealed = await house.sealer().seal()
        assert sealed is not None
        assert (sealed.checkpoint.number, sealed.checkpoint.count) == (1, 5)
        report = await house.verify(house.published)
        assert (report.findings, report.rows, report.checkpoints, report.unsealed) == ([], 5, 1, 0)

    async def test_a_transaction_open_across_a_sealing_is_in_a_later_window(self, house: House) -> None:
        await house.log(1)
        async with house.work() as slow:
            record(slow, entry(100))
            await slow.flush()
            await house.log(2)  # committed, but younger than the open one: it waits too
            first = await house.sealer().seal()
            assert await house.sealer().seal() is None
            await slow.commit()
        second = await house.sealer().seal()
        assert first is not None
        assert second is not None
        assert (first.checkpoint.count, second.checkpoint.count) == (1, 3)
        assert await house.damages(house.published) == []

    async def test_a_transaction_that_was_rolled_back_leaves_nothing(self, house: House) -> None:
        async with house.work() as undone:
            record(undone, entry(1))
            await undone.flush()
        await house.log(1)
        sealed = await house.sealer().seal()
        assert sealed is not None
        assert sealed.checkpoint.count == 1
        assert await house.damages() == []

    async def test_nothing_new_makes_no_window_but_a_heartbeat_each_minute(self, house: House) -> None:
        sealer = house.sealer()
        assert await sealer.seal()
        assert await sealer.seal() is None
        house.clock.advance(timedelta(seconds=59))
        assert await sealer.seal() is None
        house.clock.advance(timedelta(seconds=1))
        heartbeat = await sealer.seal()
        assert heartbeat is not None
        assert (heartbeat.checkpoint.number, heartbeat.checkpoint.count) == (2, 0)
        assert await house.damages(house.published) == []

    async def test_a_backlog_is_sealed_in_windows_of_whole_transactions(self, house: House) -> None:
        for _ in range(5):
            await house.log(4)
        sealer = house.sealer(most_rows=6)
        counts = []
        while sealed := await sealer.seal():
            counts.append(sealed.checkpoint.count)
        assert counts == [4, 4, 4, 4, 4]
        assert await house.damages(house.published) == []

    async def test_a_transaction_larger_than_a_window_is_sealed_whole(self, house: House) -> None:
        await house.log(1)
        await house.log(50)
        await house.log(1)
        sealer = house.sealer(most_rows=5)
        counts = []
        while sealed := await sealer.seal():
            counts.append(sealed.checkpoint.count)
        assert counts == [1, 50, 1]
        assert await house.damages(house.published) == []

    async def test_many_sealers_and_writers_at_once_seal_each_row_once(self, house: House) -> None:
        sealers = [house.sealer(most_rows=20) for _ in range(3)]

        async def write() -> None:
            for number in range(1, 15):
                await house.log(number % 4 + 1)

        async def seal(sealer: Sealer[Work]) -> None:
            while not writing.done():
                await sealer.seal()

        writing = asyncio.gather(write(), write())
        await asyncio.gather(writing, *(seal(sealer) for sealer in sealers))
        while await sealers[0].seal():
            pass
        report = await house.verify(house.published)
        [written] = await house.sql("SELECT count(*) AS n FROM audit_log")
        assert (report.findings, report.rows, report.unsealed) == ([], written.n, 0)

    async def test_who_finds_it_locked_does_nothing(self, house: House) -> None:
        await house.log(1)
        async with Transaction(house.engine) as other:
            await other.fetch("SELECT pg_advisory_xact_lock(hashtextextended('audit/intel', 0))")
            assert await house.sealer().seal() is None
        assert await house.sealer().seal()

    async def test_json_without_a_canonical_form_does_not_stop_it(self, house: House) -> None:
        await house.log(1)
        await house.sql("UPDATE audit_log SET detail = '{\"v\": 1e400}'")
        assert await house.sealer().seal()
        assert await house.damages(house.published) == []

    async def test_a_database_that_counts_from_the_start_again_is_not_sealed_wrongly(self, house: House) -> None:
        await house.log(1)
        assert await house.sealer().seal()
        await house.sql("UPDATE audit_checkpoints SET to_txid = to_txid + 1000000")
        await house.log(1)
        assert await house.sealer().seal() is None

    async def test_it_is_published_by_the_outbox_of_the_same_transaction(self, house: House) -> None:
        def publish(work: Work, sealed: SealedCheckpoint) -> None:
            event = Envelope(
                id=str(public_id("audit-checkpoint", sealed.checkpoint.digest())),
                source="urn:nclcc:service:intel",
                type="uk.nclcc.audit.checkpoint-sealed.v1",
                time=work.now,
                data=sealed.as_dict(),
            )
            work.publish(AUDIT_CHECKPOINTS, event, "intel")

        await house.log(1)
        sealed = await Sealer("intel", house.work, publish, house.key, house.clock).seal()
        assert sealed is not None
        [row] = await house.sql("SELECT aggregatetype, convert_from(payload, 'UTF8') AS payload FROM outbox")
        assert row.aggregatetype == AUDIT_CHECKPOINTS
        assert sealed.signature in row.payload

    async def test_run_seals_until_it_is_stopped(self, house: House) -> None:
        await house.log(2)
        sealer = house.sealer()
        running = asyncio.create_task(sealer.run())
        await asyncio.wait_for(house.first.wait(), 10)
        sealer.stop()
        await running
        assert house.published[0].checkpoint.count == 2


@pytest.fixture
async def sealed(house: House) -> House:
    """Three windows: rows 1 to 4, 5 to 8, 9 to 12."""
    for _ in range(3):
        await house.log(4)
        await house.sealer().seal()
    return house


class TestPlantedDamage:
    async def test_none(self, sealed: House) -> None:
        assert await sealed.damages(sealed.published) == []

    @pytest.mark.parametrize(
        "change",
        [
            "actor = 'somebody-else'",
            "recipients = '[]'",
            "detail = '{\"version\": 9}'",
            "at = at + interval '1 microsecond'",
            "purpose = 'x'",
        ],
    )
    async def test_an_altered_row(self, sealed: House, change: str) -> None:
        await sealed.sql(f"UPDATE audit_log SET {change} WHERE id = 6")
        assert await sealed.damages() == [(Damage.ALTERED_ROW, 2, (6,))]

    async def test_a_removed_row(self, sealed: House) -> None:
        await sealed.sql("DELETE FROM audit_log WHERE id IN (6, 7)")
        assert await sealed.damages() == [(Damage.REMOVED_ROW, 2, (6, 7))]

    async def test_an_added_row(self, sealed: House) -> None:
        await sealed.sql(
            "INSERT INTO audit_log (at, txid, action, record_kind, record_id, actor, organisation, recipients, way)"
            " SELECT at, txid, action, record_kind, 'planted', actor, organisation, recipients, way"
            " FROM audit_log WHERE id = 6"
        )
        assert await sealed.damages() == [(Damage.ADDED_ROW, 2, (13,))]

    async def test_a_row_altered_with_its_leaves_wiped(self, sealed: House) -> None:
        await sealed.sql("UPDATE audit_log SET actor = 'x' WHERE id = 6")
        await sealed.sql("UPDATE audit_checkpoints SET leaves = '' WHERE number = 2")
        assert await sealed.damages() == [(Damage.ALTERED_ROW, 2, ())]

    async def test_a_checkpoint_changed_to_fit(self, sealed: House) -> None:
        await sealed.sql("UPDATE audit_checkpoints SET root = repeat('0', 64) WHERE number = 2")
        assert [damage for damage, number, _ in await sealed.damages()] == [
            Damage.BAD_SIGNATURE,
            Damage.ALTERED_ROW,
            Damage.BROKEN_CHAIN,
        ]

    async def test_a_checkpoint_taken_out(self, sealed: House) -> None:
        await sealed.sql("DELETE FROM audit_checkpoints WHERE number = 2")
        assert await sealed.damages() == [(Damage.GAP, 2, ())]

    async def test_a_cut_tail(self, sealed: House) -> None:
        await sealed.sql("DELETE FROM audit_log WHERE id > 8")
        await sealed.sql("DELETE FROM audit_checkpoints WHERE number = 3")
        assert await sealed.damages() == []  # the database alone cannot know
        assert await sealed.damages(sealed.published) == [(Damage.MISSING_CHECKPOINT, 3, ())]

    async def test_a_tail_cut_and_grown_again(self, sealed: House) -> None:
        await sealed.sql("DELETE FROM audit_log WHERE id > 8")
        await sealed.sql("DELETE FROM audit_checkpoints WHERE number = 3")
        await sealed.log(1)
        assert await sealed.sealer().seal()
        assert await sealed.damages() == []
        assert await sealed.damages(sealed.published) == [(Damage.REPLACED_CHECKPOINT, 3, ())]

    async def test_everything_gone(self, sealed: House) -> None:
        await sealed.sql("TRUNCATE audit_log, audit_checkpoints")
        assert [number for _, number, _ in await sealed.damages(sealed.published)] == [1, 2, 3]
