"""The intel service's submissions on a migrated database, on a clock that the test holds."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intel.handlers import Submissions
from shared.bus.record import Record
from shared.bus.work import Work
from shared.contracts.envelope import organisation_source
from shared.db import Transaction, connect
from shared.kernel.clock import ManualClock
from shared.reference import reference
from tests.conftest import MakeDatabase

ID_KEY = b"a key for tests, of thirty-two bytes"


@pytest.fixture
async def engine(make_database: MakeDatabase) -> AsyncIterator[AsyncEngine]:
    engine = connect(await make_database("intel"), pool_size=5)
    yield engine
    await engine.dispose()


@pytest.fixture
def clock(start: datetime) -> ManualClock:
    return ManualClock(start)


def submission(type: str, data: dict[str, Any], id: str = "e-1", organisation: str = "metropolitan") -> bytes:
    """A CloudEvent as an organisation would send it."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": id,
            "source": organisation_source(organisation),
            "type": type,
            "time": "2026-11-20T18:00:00Z",
            "data": data,
        }
    )


class Service:
    """Hands submissions in as the Kafka lane does, and shows what they left behind."""

    def __init__(self, engine: AsyncEngine, clock: ManualClock) -> None:
        self.engine = engine
        self.clock = clock
        self.submissions = Submissions(ID_KEY, reference())
        self._offset = 0

    def record(self, value: bytes, organisation: str = "metropolitan") -> Record:
        self._offset += 1
        return Record(f"org.{organisation}.intel.v1", 0, self._offset, None, value, (), self.clock.now())

    async def take(self, *values: bytes, organisation: str = "metropolitan") -> int:
        """Take a batch in; returns the number of statements that it cost."""
        async with Work(self.engine, self.clock) as work:
            await self.submissions.take_messages(work, [self.record(value, organisation) for value in values])
            await work.commit()
        return work.statements

    async def rows(self, sql: str) -> list[Any]:
        async with Transaction(self.engine) as transaction:
            return list(await transaction.fetch(sql))

    async def sent(self, topic: str) -> list[dict[str, Any]]:
        """The events in the outbox for a topic, in order."""
        rows = await self.rows(f"SELECT payload FROM outbox WHERE aggregatetype = '{topic}' ORDER BY seq")
        return [orjson.loads(row.payload) for row in rows]

    async def receipts(self) -> list[dict[str, Any]]:
        """The receipts' data, in order."""
        return [event["data"] for event in await self.sent("intel.receipts.events.v1")]

    async def everything(self) -> str:
        """All that the service's schema holds, as text."""
        tables = await self.rows(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'alembic_version'"
        )
        held = [await self.rows(f'SELECT t::text FROM "{table.tablename}" AS t') for table in tables]
        payloads = await self.rows("SELECT convert_from(payload, 'UTF8') FROM outbox WHERE payload IS NOT NULL")
        return repr(held) + repr(payloads)


@pytest.fixture
def service(engine: AsyncEngine, clock: ManualClock) -> Service:
    return Service(engine, clock)
