"""Tasking's handlers on a migrated database, on a clock that the test holds."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.tasking import consumer
from shared.bus.record import BatchHandler, Record
from shared.bus.routing import routed
from shared.bus.submissions import Intake
from shared.bus.work import Work
from shared.contracts.envelope import Envelope, decode, encode, service_source
from shared.contracts.pursue import SUBMISSIONS
from shared.contracts.registry import CONTACT_CHANGED, LINE_CHANGED, ORGANISATION_CHANGED
from shared.contracts.topics import CONTACTS_STATE, LINES_STATE, ORGANISATIONS_STATE
from shared.db import connect
from shared.kernel.clock import Clock, ManualClock
from tests.conftest import MakeDatabase
from tests.integration.tasking.samples import KEY

TOPIC_OF = {
    LINE_CHANGED: LINES_STATE,
    CONTACT_CHANGED: CONTACTS_STATE,
    ORGANISATION_CHANGED: ORGANISATIONS_STATE,
}


@dataclass(frozen=True)
class Sent:
    """An outbox message: its topic and the event in it."""

    topic: str
    event: Envelope

    @property
    def data(self) -> Any:
        return self.event.data


class Tasking:
    """Hands records in as the lanes do, each call a transaction, and shows what they left behind."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self.intake = Intake("tasking", SUBMISSIONS)
        self.statements = 0
        self._offset = 0

    def open_work(self) -> Work:
        return Work(self.engine, self.clock)

    def record(self, value: bytes, organisation: str = "merseyside") -> Record:
        """A message of an organisation's topic, at an offset of its own."""
        self._offset += 1
        return Record(f"org.{organisation}.pursue.v1", 0, self._offset, b"k", value, (), self.clock.now())

    async def handle(self, handler: BatchHandler, records: Sequence[Record]) -> None:
        async with self.open_work() as work:
            await handler(work, records)
            await work.commit()
            self.statements = work.statements

    async def take(self, *values: bytes, organisation: str = "merseyside") -> list[Record]:
        """One batch in the lane of all submissions; returns the records that it was."""
        records = [self.record(value, organisation) for value in values]
        await self.handle(consumer.submissions(self.intake, KEY), records)
        return records

    async def read_ahead(self, records: Sequence[Record]) -> int:
        """The lane that reads ahead, bytes first; returns how many records it looked into."""
        kept = [record for record in records if consumer.may_be_ahead(record)]
        await self.handle(consumer.ahead(self.intake, KEY), kept)
        return len(kept)

    async def know(self, type: str, *entries: dict[str, Any]) -> None:
        """Facts from another service's state topic, one event each."""
        records = []
        for data in entries:
            id = orjson.dumps(data, option=orjson.OPT_SORT_KEYS).hex()[-150:]
            event = Envelope(id=id, source=service_source("other"), type=type, time=self.clock.now(), data=data)
            self._offset += 1
            records.append(Record(TOPIC_OF[type], 0, self._offset, b"k", encode(event), (), self.clock.now()))
        await self.handle(routed(consumer.FACTS), records)

    async def sent(self, *prefixes: str) -> list[Sent]:
        """What the outbox holds for topics of these prefixes, in order."""
        rows = await self.rows("SELECT aggregatetype, payload FROM outbox ORDER BY seq")
        found = [Sent(row["aggregatetype"], decode(row["payload"])) for row in rows]
        return [one for one in found if one.topic.startswith(prefixes)]

    async def changes(self) -> list[Sent]:
        return await self.sent("tasking.pursue.")

    async def receipts(self) -> list[Any]:
        """The data of every receipt, in order."""
        return [one.data for one in await self.sent("tasking.receipts.")]

    async def verdicts(self) -> list[tuple[str, str]]:
        """(event id, verdict) of every receipt, in order."""
        return [(one["event_id"], one["verdict"]) for one in await self.receipts()]

    async def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        async with self.open_work() as work:
            return [dict(row) for row in await work.fetch(sql, *parameters)]


@pytest.fixture
def clock(start: datetime) -> ManualClock:
    return ManualClock(start)


@pytest.fixture
async def tasking(make_database: MakeDatabase, clock: ManualClock) -> AsyncIterator[Tasking]:
    engine = connect(await make_database("tasking"), pool_size=5)
    yield Tasking(engine, clock)
    await engine.dispose()


@pytest.fixture
async def with_contacts(tasking: Tasking) -> Tasking:
    """Tasking, told of a named contact in North Wales, one in Cumbria and an officer of Merseyside."""
    named = [("north-wales", "nw-1"), ("cumbria", "cu-1"), ("merseyside", "ms-1")]
    entries = [
        {"organisation": code, "contact": contact, "desk": "safeguarding", "named": True, "version": 1}
        for code, contact in named
    ]
    await tasking.know(CONTACT_CHANGED, *entries)
    return tasking
