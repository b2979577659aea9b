"""The whole service on a real broker: an event in, a line on a channel and an inbox entry out."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import orjson

from shared.auth import Role
from shared.bus.admin import KafkaAdmin
from shared.bus.kafka import new_producer
from shared.contracts.envelope import encode
from shared.contracts.topics import PROTECT_URGENT, internal_topics
from shared.kernel.clock import SystemClock
from tests.conftest import Broker, until
from tests.integration.notify.running import bearer, notify_service
from tests.integration.notify.scene import ROSTER, event, task
from tests.integration.stack.kafka_client import read


async def test_from_an_event_to_a_channel_and_an_inbox(
    make_database: Callable[[str], Awaitable[str]], broker: Broker, tmp_path: Path
) -> None:
    secured = broker.stack.broker.security is not None
    await KafkaAdmin(broker.settings(), secured=secured).ensure_topics(internal_topics())
    (tmp_path / "roster.yaml").write_text(ROSTER)
    lines, clock = tmp_path / "sent.jsonl", SystemClock()
    service, issuer = notify_service(
        tmp_path,
        await make_database("notify"),
        broker.settings(),
        clock,
        log_channel_file=str(lines),
        roster_file=str(tmp_path / "roster.yaml"),
        http_port=8000,
    )
    running = asyncio.create_task(service.run())
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://notify") as http:

        async def ready() -> bool:
            return (await http.get("/readyz")).status_code == 200

        async def provisioned() -> bool:
            listed = (await http.get("/v1/organisations", headers=operator)).json()["organisations"]
            return all(one["provisioned_at"] for one in listed)

        await until(ready, "the service is ready")
        operator = bearer(issuer, "nclcc", Role.OPERATOR)
        enrolled = await http.post("/v1/organisations", json={"code": "kent", "kafka": True}, headers=operator)
        assert enrolled.status_code == 201
        await until(provisioned, "the organisation has its topics")
        issued = await http.post("/v1/organisations/kent/credentials", headers=operator)
        assert issued.json()["secured"] is secured
        producer = new_producer(broker.settings(), "safeguarding")
        await producer.start()
        now = clock.now()
        await producer.send_and_wait(PROTECT_URGENT, encode(event(task(now, urgency="life_risk"), now)), key=b"t")
        await producer.stop()
        await until(lambda: lines.exists() and lines.read_text().endswith("\n"), "the alert is handed over")
        sent = orjson.loads(lines.read_text().splitlines()[0])
        assert sent["urgency"] == "life_risk"
        assert (await http.get(sent["link"].removeprefix("http://127.0.0.1:8000"))).status_code == 200
        (raw,) = await asyncio.to_thread(
            read, broker.bootstrap, "org.kent.inbox.v1", 1, {k: str(v) for k, v in broker.client().items()}
        )
        assert orjson.loads(raw)["sequence"] == 1
    service.stop()
    await asyncio.wait_for(running, 20)
