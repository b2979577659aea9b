"""A world for stories: the four services in one process on a clock that only the story moves, on the real stack."""

import asyncio
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from shared.audit.keys import new_key_pem
from shared.auth import Issuer, Role
from shared.bus.admin import KafkaAdmin
from shared.bus.work import Work
from shared.contracts import topics
from shared.db import Transaction, connect
from shared.kernel.clock import ManualClock
from shared.runtime import Service
from tests.conftest import Broker, MakeDatabase, until

SERVICES = ("intel", "tasking", "safeguarding", "notify")
ID_KEY = "an id key for tests, of at least 32 characters"


@dataclass(frozen=True)
class HandOver:
    """A line of the log channel: an alert that reached somebody."""

    reference: str
    urgency: str
    link: str | None
    to: str
    at: datetime


@dataclass
class World:
    """Publishes as organisations do, waits until all is quiet, moves the clock, and looks at who was told."""

    broker: Broker
    clock: ManualClock
    folder: Path
    services: dict[str, Service] = field(default_factory=dict)
    issuer: Issuer | None = None
    _read: int = 0

    async def start(self, make_database: MakeDatabase, extra: Mapping[str, str]) -> None:
        """Bring the services up on a fresh database, at the present end of every topic."""
        self.issuer = Issuer(self.folder / "issuer", clock=self.clock)
        key_file = self.folder / "audit.pem"
        key_file.write_bytes(new_key_pem())
        admin = KafkaAdmin(self.broker.settings(), secured=self.broker.stack.broker.security is not None)
        await admin.ensure_topics(topics.internal_topics())
        name = f"w_{secrets.token_hex(6)}"
        ends = await asyncio.to_thread(self._ends)
        for service in SERVICES:
            url = await make_database(service, name)
            await self._stand_at(url, ends)
            environment = self._environment(url, key_file) | dict(extra)
            self.services[service] = self._assemble(service, environment)
        for one in self.services.values():
            await one.start()
        await until(self._ready, "every service is ready", timedelta(seconds=40))

    async def stop(self) -> None:
        await asyncio.gather(*(service.shut_down() for service in self.services.values()))
        failed = [service.failed for service in self.services.values() if service.failed]
        assert not failed, failed

    # -- what outsiders do ---------------------------------------------------------------------------------------

    def publish(self, topic: str, *values: Mapping[str, Any] | bytes, key: str = "k") -> None:
        """Send events to a topic, in order, as a force system does."""
        producer = Producer(self.broker.client())
        for value in values:
            raw = value if isinstance(value, bytes) else json.dumps(value).encode()
            producer.produce(topic, value=raw, key=key.encode())
        assert producer.flush(10) == 0

    def token(
        self, organisation: str, *roles: Role, contact: str | None = None, desks: Sequence[str] | None = None
    ) -> str:
        """A token of one of the organisation's people."""
        assert self.issuer is not None
        return self.issuer.mint(
            f"{organisation}-{contact or 'person'}",
            organisation,
            list(roles),
            contact=contact,
            name=f"A person of {organisation}",
            desks=list(desks) if desks is not None else None,
            ttl=timedelta(days=30),
        )

    def http(self, service: str, token: str | None = None) -> httpx.AsyncClient:
        """A client of one service's API."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app=self.services[service].app)
        return httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers)

    # -- time ----------------------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Wait until nothing moves: all read, all sent, all handed over. Not a wait for a time."""
        quiet = 0
        async with asyncio.timeout(60):
            while quiet < 2:
                quiet = quiet + 1 if await self._is_quiet() else 0
                await asyncio.sleep(0.02)

    async def advance(self, by: timedelta) -> None:
        """Move the clock and let every timer look."""
        await self.settle()
        self.clock.advance(by)
        for service in self.services.values():
            for timer in service.timers:
                timer.wake()
        await self.settle()

    # -- what came of it -----------------------------------------------------------------------------------------

    def hand_overs(self) -> list[HandOver]:
        """Everything that the log channel was handed, in order."""
        path = self.folder / "alerts.ndjson"
        lines = path.read_text().splitlines() if path.exists() else []
        return [
            HandOver(one["reference"], one["urgency"], one["link"], one["to"], datetime.fromisoformat(one["at"]))
            for one in map(json.loads, lines)
        ]

    def told(self) -> list[HandOver]:
        """What was handed over since the last call; whatever a story does not take this way fails it at its end."""
        everything = self.hand_overs()
        news, self._read = everything[self._read :], len(everything)
        return news

    async def rows(self, service: str, sql: str, *parameters: Any) -> Sequence[Any]:
        """Rows of a service's own database, for what no outsider can see."""
        async with Transaction(self.services[service].context.engine) as transaction:
            return await transaction.fetch(sql, *parameters)

    async def receipts(self, organisation: str) -> dict[str, dict[str, Any]]:
        """The last receipt of each of the organisation's events, by event id, as its inbox has them."""
        found: dict[str, dict[str, Any]] = {}
        for entry in await self.inbox(organisation):
            if entry["type"].endswith("receipt.v1"):
                found[str(entry["data"].get("event_id"))] = entry["data"]
        return found

    async def inbox(self, organisation: str) -> list[dict[str, Any]]:
        """All entries of an organisation's inbox, by the API."""
        token = self.token(organisation, Role.READER, Role.COORDINATOR)
        async with self.http("notify", token) as client:
            found: list[dict[str, Any]] = []
            after = 0
            while True:
                response = await client.get("/v1/inbox", params={"after": after, "limit": 500})
                response.raise_for_status()
                page = response.json()["events"]
                if not page:
                    return found
                found.extend(page)
                after = page[-1]["sequence"]

    async def provisioned(self, organisation: str) -> None:
        """Wait until the organisation's topics are there."""

        async def made() -> bool:
            sql = "SELECT provisioned_at IS NOT NULL AS made FROM organisations WHERE code = $1"
            rows = await self.rows("notify", sql, organisation)
            return bool(rows and rows[0].made)

        await until(made, f"{organisation} has its topics")

    # -- how it is done ------------------------------------------------------------------------------------------

    def _environment(self, url: str, key_file: Path) -> dict[str, Any]:
        assert self.issuer is not None
        kafka = self.broker.settings()
        return {
            "database_url": url,
            "kafka_bootstrap": kafka.bootstrap,
            "kafka_username": kafka.username,
            "kafka_password": kafka.password,
            "kafka_admin_username": kafka.username,
            "kafka_admin_password": kafka.password,
            "kafka_fetch_wait_ms": kafka.fetch_wait_ms,
            "kafka_full": kafka.static,
            "kafka_session_timeout_ms": 6000,
            "id_key": ID_KEY,
            "jwks_url": self.issuer.jwks_url,
            "issuer": self.issuer.issuer,
            "audience": self.issuer.audience,
            "audit_key_file": str(key_file),
        }

    def _assemble(self, name: str, environment: Mapping[str, Any]) -> Service:
        app = import_module(f"services.{name}.app")
        settings_module = import_module(f"services.{name}.settings")
        settings_type = getattr(settings_module, f"{name.capitalize()}Settings")
        return Service(name, settings_type(**environment), app.build, self.clock)

    async def _ready(self) -> bool:
        for service in self.services.values():
            if await service.health.waiting_for():
                return False
            for consumer in service.consumers:
                if consumer.lane.topics and not consumer.positions:
                    return False
        return True

    def _ends(self) -> dict[tuple[str, int], int]:
        """The end of every partition there is: a new world does not hear what an earlier one said."""
        admin = AdminClient(self.broker.client())
        metadata = admin.list_topics(timeout=10)
        wanted = {
            TopicPartition(topic, number): OffsetSpec.latest()  # type: ignore[no-untyped-call]
            for topic, about in metadata.topics.items()
            if not topic.startswith("__")
            for number in about.partitions
        }
        if not wanted:
            return {}
        found: dict[tuple[str, int], int] = {}
        for partition, future in admin.list_offsets(wanted).items():
            try:
                found[partition.topic, partition.partition] = future.result(10).offset
            except KafkaException:
                continue  # deleted in the meantime
        return found

    async def _stand_at(self, url: str, ends: Mapping[tuple[str, int], int]) -> None:
        engine = connect(url, pool_size=4)
        readers = {topic.name: topic.readers for topic in topics.internal_topics()}
        rows: list[tuple[str, str, int, int]] = []
        for (topic, partition), end in ends.items():
            groups = readers.get(topic, ())
            code = topics.organisation_of(topic)
            if code:
                groups = next(t.readers for t in topics.topics_of(code) if t.name == topic)
            rows += [(group, topic, partition, end) for group in groups]
        async with Transaction(engine) as transaction:
            await transaction.fetch(
                "INSERT INTO positions (consumer, topic, partition, next)"
                " SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[])",
                [row[0] for row in rows],
                [row[1] for row in rows],
                [row[2] for row in rows],
                [row[3] for row in rows],
            )
            await transaction.commit()
        await engine.dispose()

    async def _is_quiet(self) -> bool:
        for service in self.services.values():
            assert service.failed is None, service.failed
            async with Work(service.context.engine, self.clock) as work:
                rows = await work.fetch("SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL")
            if rows[0].n:
                return False
        ends = await asyncio.to_thread(self._ends)
        for service in self.services.values():
            for consumer in service.consumers:
                for partition, at in consumer.positions.items():
                    if at < ends.get((partition.topic, partition.number), 0):
                        return False
                known = {(one.topic, one.number) for one in consumer.positions}
                missing = [one for one in ends if self._reads(consumer.lane, one[0]) and one not in known and ends[one]]
                if missing:
                    return False
        return await self._nothing_pending()

    def _reads(self, lane: Any, topic: str) -> bool:
        return topic in lane.topics or bool(lane.pattern and re.match(lane.pattern, topic))

    async def _nothing_pending(self) -> bool:
        rows = await self.rows("notify", "SELECT count(*) AS n FROM deliveries WHERE status = 'pending'")
        return int(rows[0].n) == 0
