"""Tasking as it runs: from an organisation's own topic to the events that others read, on a real broker."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from services.tasking.app import build
from services.tasking.settings import TaskingSettings
from shared.audit.keys import new_key_pem
from shared.contracts.topics import PURSUE, internal_topics
from shared.kernel.clock import SystemClock
from shared.runtime import Service
from tests.conftest import Broker, MakeDatabase, until
from tests.integration.tasking.conftest import Tasking
from tests.integration.tasking.samples import KEY, details, submission


@pytest.fixture
def organisation(broker: Broker) -> str:
    """A code of this test's own, with its topic; the internal topics are there too."""
    code = f"t{secrets.token_hex(4)}"
    admin = AdminClient(broker.client())
    wanted = [*internal_topics(), PURSUE.of(code)]
    for made in admin.create_topics([NewTopic(topic.name, topic.partitions, 1) for topic in wanted]).values():
        try:
            made.result(20)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    return code


@pytest.fixture
async def service(
    make_database: MakeDatabase, broker: Broker, tmp_path: Path, organisation: str
) -> AsyncIterator[Service]:
    key = tmp_path / "audit.pem"
    key.write_bytes(new_key_pem())
    kafka = broker.settings()
    settings = TaskingSettings.model_validate(
        {
            "database_url": await make_database("tasking"),
            "kafka_bootstrap": kafka.bootstrap,
            "kafka_username": kafka.username,
            "kafka_password": kafka.password,
            "kafka_fetch_wait_ms": kafka.fetch_wait_ms,
            "kafka_full": kafka.static,
            "kafka_session_timeout_ms": kafka.session_timeout_ms,
            "id_key": KEY.decode(),
            "jwks_url": (tmp_path / "none.json").as_uri(),
            "issuer": "urn:nclcc:issuer:test",
            "audit_key_file": str(key),
            "NCLCC_COPY": secrets.token_hex(4),
        }
    )
    service = Service("tasking", settings, build)
    running = asyncio.create_task(service.run())
    yield service
    service.stop()
    await running


async def test_from_a_force_to_everyone_who_reads(service: Service, broker: Broker, organisation: str) -> None:
    producer = Producer(broker.client() | {"linger.ms": 1})
    for name in range(10):
        for revision, verb in ((2, "executed"), (1, "proposed")):
            urgency = "life_risk" if name == 0 else "routine"
            raw = submission(verb, revision, details(urgency=urgency), name=f"{name}", organisation=organisation)
            producer.produce(PURSUE.of(organisation).name, raw, key=f"{name}".encode())
    assert await asyncio.to_thread(producer.flush, 10) == 0
    tasking = Tasking(service.context.engine, SystemClock())

    async def all_sent() -> bool:
        (row,) = await tasking.rows(
            # the broker may hold what other tests published for other organisations
            "SELECT count(*) FILTER (WHERE aggregatetype LIKE '%.receipts.%' AND aggregateid = $1) AS receipts,"
            " count(*) FILTER (WHERE sent_at IS NULL) AS unsent FROM outbox",
            organisation,
        )
        return (row["receipts"], row["unsent"]) == (20, 0)

    await until(all_sent, "every submission has one receipt and the relays have sent all")
    sql = "SELECT count(*) AS n FROM pursue_actions WHERE status = 'executed' AND acting = $1"
    executed = await tasking.rows(sql, organisation)
    assert executed == [{"n": 10}]
    assert await service.health.waiting_for() == {}
