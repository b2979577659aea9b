"""Canary: a sealed action with a marker in every field; the markers are looked for everywhere, and found nowhere."""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from shared.auth import Role
from shared.contracts.pursue import PursueDetails
from tests.conftest import Broker
from tests.stories.test_scenario import enrol
from tests.stories.world import World

DIGITS = "777000111"
ACTING = "merseyside"
OTHERS = ("metropolitan", "kent", "north-wales", "la-conwy", "cumbria", "nclcc", "merseyside")
PATHS = {
    "intel": ("/v1/lines", "/v1/reports"),
    "tasking": ("/v1/pursue-actions", "/v1/pursue-actions/{action}"),
    "safeguarding": ("/v1/tasks", "/v1/tasks/counts", "/v1/protection?pursue_action={own}", "/v1/tasks/{task}"),
    "notify": ("/v1/alerts", "/v1/inbox", "/v1/receipts/{event}", "/v1/organisations"),
}


def mark(tag: str) -> dict[str, Any]:
    """A whole action whose every free field carries `tag`; where only digits fit, DIGITS."""
    schema = PursueDetails.model_json_schema()
    fixed: dict[str, Any] = {
        "urgency": "urgent",
        "sealed": True,
        "pre_brief": [{"organisation": "north-wales", "contact": "north-wales-named"}],
        "named_officer": "merseyside-named",
        "parts": [],
        "part_of": None,
        "line_id": None,
        "executed_at": None,
        "planned_for": "2026-11-22T04:30:00Z",
        "district": "W06000003",
        "postcode": None,
        "outcode": None,
        "looked_after_by": "la-lambeth",
        "date_of_birth": "2011-02-03",
        "nhs_number": DIGITS + "2",
        "uprn": DIGITS + "333",
        "telephone": "0" + DIGITS,
        "email": f"{tag}@example.test",
        "found_at": f"{tag}-places-ref",
        "category": "child",
    }

    def fill(node: dict[str, Any], path: str, name: str) -> Any:
        if name in fixed:
            return fixed[name]
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
        options = [option for option in node.get("anyOf", []) if option.get("type") != "null"]
        if options:
            return fill(options[0], path, name)
        if "properties" in node:
            return {key: fill(value, f"{path}-{key}", key) for key, value in node["properties"].items()}
        if node.get("type") == "array":
            return [fill(node["items"], path, "")]
        if "enum" in node:
            return node["enum"][0]
        if node.get("type") == "string":
            return "2026-11-20T10:00:00Z" if node.get("format") == "date-time" else f"{tag}{path}"[:60]
        return {"boolean": True, "integer": 15}.get(node.get("type", ""))

    filled = {key: fill(node, f"-{key}", key) for key, node in schema["properties"].items()}
    filled["people"][0]["home"]["ref"] = f"{tag}-home"
    return {key: value for key, value in filled.items() if value is not None}


def submission(verb: str, revision: int, action_id: str, **content: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": f"urn:nclcc:org:{ACTING}",
        "type": f"uk.nclcc.pursue-action.{verb}.v1",
        "time": "2026-11-20T18:03:00Z",
        "data": {"action_id": action_id, "revision": revision, **content},
    }


@pytest.mark.parametrize("ending", ["proposed", "amended", "cancelled"])
async def test_no_marker_is_found_anywhere(
    world: World, broker: Broker, ending: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for ours in ("shared", "services"):
        caplog.set_level(logging.DEBUG, ours)
    tag = f"CANARY{secrets.token_hex(4)}"
    for organisation in (ACTING, "north-wales", "la-conwy"):
        await enrol(world, organisation)
    action = str(uuid4())
    proposed = submission("proposed", 1, action, action=mark(tag))
    world.publish(f"org.{ACTING}.pursue.v1", proposed, key=action)
    await world.settle()
    receipt = (await world.receipts(ACTING))[proposed["id"]]
    assert receipt["verdict"] == "accepted", receipt
    assert [one.to.split(" ")[0] for one in world.told()] == ["north-wales/safeguarding"]
    if ending == "amended":
        again = submission("amended", 2, action, action=mark(tag) | {"summary": f"{tag} changed"})
        world.publish(f"org.{ACTING}.pursue.v1", again, key=action)
        await world.settle()
        world.told()
    if ending == "cancelled":
        world.publish(f"org.{ACTING}.pursue.v1", submission("cancelled", 2, action, reason=f"{tag} is off"), key=action)
        await world.settle()
        assert {one.to.split(" ")[0] for one in world.told()} == {"north-wales/safeguarding"}

    places = dict(await asyncio.to_thread(_messages, broker))
    places |= {f"log {path}": path.read_bytes() for path in _logs(broker)}
    places["alerts"] = (world.folder / "alerts.ndjson").read_bytes()
    places["python log"] = caplog.text.encode()
    places |= await _answers(world, proposed["id"], str(receipt["subject"]), action)
    assert len(places) > 60
    needles = (tag.encode(), tag.lower().encode(), DIGITS.encode())
    leaks = [place for place, content in places.items() if any(needle in content for needle in needles)]
    assert leaks == []


async def test_the_named_contact_alone_reads_it(world: World) -> None:
    tag = f"CANARY{secrets.token_hex(4)}"
    for organisation in (ACTING, "north-wales"):
        await enrol(world, organisation)
    action = str(uuid4())
    world.publish(f"org.{ACTING}.pursue.v1", submission("proposed", 1, action, action=mark(tag)), key=action)
    await world.settle()
    world.told()
    [task] = [row.task for row in await world.rows("safeguarding", "SELECT task FROM tasks WHERE status = 'raised'")]
    seen = {}
    for organisation, contact in (
        ("north-wales", "north-wales-named"),
        ("north-wales", "north-wales-duty"),
        ("north-wales", None),
        ("cumbria", "north-wales-named"),
        (ACTING, "merseyside-named"),
        (ACTING, None),
        ("nclcc", "nclcc-duty"),
    ):
        token = world.token(organisation, Role.READER, Role.COORDINATOR, Role.CENTRE, contact=contact)
        async with world.http("safeguarding", token) as client:
            response = await client.get(f"/v1/tasks/{task}")
            seen[organisation, contact] = tag in response.text
            listed = (await client.get("/v1/tasks")).json()["tasks"]
            assert (str(task) in {one["task"] for one in listed}) == seen[organisation, contact]
    assert [who for who, does in seen.items() if does] == [
        ("north-wales", "north-wales-named"),
        (ACTING, "merseyside-named"),
    ]


def _messages(broker: Broker) -> Iterator[tuple[str, bytes]]:
    """Everything on every topic, but the submitting force's own and the services-only ones."""
    metadata = AdminClient(broker.client()).list_topics(timeout=10)
    names = [
        name
        for name in metadata.topics
        if not name.startswith(("__", "test.")) and ".sealed." not in name and name != f"org.{ACTING}.pursue.v1"
    ]
    partitions = [
        TopicPartition(name, number, OFFSET_BEGINNING) for name in names for number in metadata.topics[name].partitions
    ]
    reader = Consumer(broker.client() | {"group.id": secrets.token_hex(8), "enable.partition.eof": True})
    reader.assign(partitions)
    found: dict[str, list[bytes]] = {name: [] for name in names}
    ended = 0
    deadline = time.monotonic() + 30
    while ended < len(partitions) and time.monotonic() < deadline:
        message = reader.poll(1.0)
        if message is None:
            continue
        if message.error():
            ended += 1
            continue
        headers: Any = message.headers() or []
        parts: list[Any] = [message.key() or b"", message.value() or b"", *(value or b"" for _, value in headers)]
        found[str(message.topic())].append(b"\n".join(parts))
    reader.close()
    assert ended == len(partitions)
    return ((f"topic {name}", b"\n".join(values)) for name, values in found.items())


def _logs(broker: Broker) -> list[Path]:
    paths = [broker.stack.broker.log_path, broker.stack.database.log_path]
    return [path for path in paths if path is not None and path.exists()]


async def _answers(world: World, event: str, central: str, own: str) -> dict[str, bytes]:
    """What each API says to each principal who is not named, and what the metrics say to anyone."""
    rows = await world.rows("safeguarding", "SELECT task FROM tasks ORDER BY task LIMIT 1")
    ids = {"event": event, "action": central, "own": own, "task": str(rows[0].task)}
    answers: dict[str, bytes] = {}
    for service, paths in PATHS.items():
        async with world.http(service) as client:
            answers[f"{service} /metrics"] = (await client.get("/metrics")).content
        for organisation in OTHERS:
            roles = (Role.READER, Role.COORDINATOR, Role.PUBLISHER, Role.CENTRE, Role.NATIONAL_READER, Role.OPERATOR)
            async with world.http(service, world.token(organisation, *roles)) as client:
                for path in paths:
                    response = await client.get(path.format(**ids))
                    assert response.status_code < 500, (organisation, path)
                    answers[f"{service} {path} for {organisation}"] = response.content
                    if organisation != ACTING and path != "/v1/inbox":
                        shown = json.dumps(response.text)
                        assert central not in shown or response.status_code in (404, 422), (organisation, path)
    return answers
