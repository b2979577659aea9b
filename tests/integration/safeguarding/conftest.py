"""Safeguarding's handlers on a migrated database, on a clock that the test holds."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from services.safeguarding.app import build
from services.safeguarding.settings import SafeguardingSettings
from shared.audit.keys import new_key_pem
from shared.auth import Issuer
from shared.bus.record import Record
from shared.bus.work import Work
from shared.contracts.envelope import Envelope, decode, encode, organisation_source, service_source
from shared.contracts.protect import ANSWERED, AnswerKind, ProtectTask
from shared.contracts.pursue import CHANGED, PursueActionChanged
from shared.contracts.registry import CONTACT_CHANGED, LINE_CHANGED, ContactChanged, LineChanged
from shared.kernel.clock import ManualClock
from shared.kernel.ids import public_id
from shared.runtime import Service
from tests.conftest import MakeDatabase
from tests.integration.safeguarding.samples import KEY

LANE_OF = {
    CHANGED: "safeguarding.routine",
    LINE_CHANGED: "safeguarding.facts",
    CONTACT_CHANGED: "safeguarding.facts",
    ANSWERED: "safeguarding.answers",
}


class Safeguarding:
    """Hands records in as the lanes do, each call a transaction, and shows what they left behind."""

    def __init__(self, service: Service, clock: ManualClock) -> None:
        self.service = service
        self.clock = clock
        self.lanes = {lane.group: lane for lane in service.parts.lanes}
        self.statements = 0
        self._offset = 0

    def open_work(self) -> Work:
        return Work(self.service.context.engine, self.clock)

    async def take(self, group: str, records: Sequence[Record]) -> None:
        async with self.open_work() as work:
            await self.lanes[group].handle(work, records)
            await work.commit()
            self.statements = work.statements

    async def hear(self, type: str, *entries: dict[str, Any]) -> None:
        """Internal events, one batch."""
        await self.take(LANE_OF[type], [self._internal(type, data) for data in entries])

    async def acted(self, *entries: dict[str, Any]) -> None:
        """Versions of actions; each is of the contract."""
        for entry in entries:
            PursueActionChanged.model_validate(entry)
        await self.hear(CHANGED, *entries)

    async def lines(self, *entries: dict[str, Any]) -> None:
        for entry in entries:
            LineChanged.model_validate(entry)
        await self.hear(LINE_CHANGED, *entries)

    async def contact(self, organisation: str, contact: str, version: int = 1, **changes: Any) -> None:
        """Somebody who may be told of what is sealed, unless `changes` say otherwise."""
        said = {"organisation": organisation, "contact": contact, "desk": "safeguarding", "version": version}
        entry = said | {"named": True} | changes
        ContactChanged.model_validate(entry)
        await self.hear(CONTACT_CHANGED, entry)

    async def respond(
        self, organisation: str, kind: AnswerKind, task: UUID, by: str = "A. Person", **more: Any
    ) -> None:
        """One response on the organisation's own topic."""
        data = {"task": str(task), "by": by, **more}
        self._offset += 1
        event = Envelope(
            id=f"response-{self._offset}",
            source=organisation_source(organisation),
            type=kind.type,
            time=self.clock.now(),
            data=data,
        )
        topic = f"org.{organisation}.responses.v1"
        record = Record(topic, 0, self._offset, b"k", encode(event), (), self.clock.now())
        await self.take("safeguarding.responses", [record])

    async def sent(self, *prefixes: str) -> list[tuple[str, Envelope]]:
        """(topic, event) of what the outbox holds, in order."""
        rows = await self.rows("SELECT aggregatetype, payload FROM outbox ORDER BY seq")
        found = [(row["aggregatetype"], decode(row["payload"])) for row in rows]
        return [one for one in found if one[0].startswith(prefixes)]

    async def told(self) -> list[tuple[str, ProtectTask]]:
        """(topic, task) of every task event, in order; each is of the contract."""
        sent = await self.sent("safeguarding.protect.")
        return [(topic, ProtectTask.model_validate(event.data)) for topic, event in sent]

    async def verdicts(self) -> list[tuple[str, list[str]]]:
        """(verdict, rules) of every receipt, in order."""
        sent = await self.sent("safeguarding.receipts.")
        return [(event.data["verdict"], [one["rule"] for one in event.data["errors"]]) for _, event in sent]

    async def task(self, rule: str) -> dict[str, Any]:
        [row] = await self.rows("SELECT * FROM tasks WHERE rule = $1", rule)
        return row

    async def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        async with self.open_work() as work:
            return [dict(row) for row in await work.fetch(sql, *parameters)]

    def _internal(self, type: str, data: dict[str, Any]) -> Record:
        self._offset += 1
        id = str(public_id("test", orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()))
        event = Envelope(id=id, source=service_source("other"), type=type, time=self.clock.now(), data=data)
        return Record("internal", 0, self._offset, b"k", encode(event), (), self.clock.now())


@pytest.fixture
def clock(start: datetime) -> ManualClock:
    return ManualClock(start)


@pytest.fixture
def issuer(tmp_path: Path, clock: ManualClock) -> Issuer:
    return Issuer(tmp_path / "issuer", clock=clock)


@pytest.fixture
async def url(make_database: MakeDatabase) -> str:
    return await make_database("safeguarding")


@pytest.fixture
async def service(url: str, issuer: Issuer, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Service]:
    key = tmp_path / "audit.pem"
    key.write_bytes(new_key_pem())
    settings = SafeguardingSettings.model_validate(
        {
            "database_url": url,
            "kafka_bootstrap": "127.0.0.1:1",
            "id_key": KEY.decode(),
            "jwks_url": issuer.jwks_url,
            "issuer": issuer.issuer,
            "audience": issuer.audience,
            "audit_key_file": str(key),
        }
    )
    service = Service("safeguarding", settings, build, clock)
    yield service
    await service.context.close()


@pytest.fixture
async def safeguarding(service: Service, clock: ManualClock) -> Safeguarding:
    return Safeguarding(service, clock)
