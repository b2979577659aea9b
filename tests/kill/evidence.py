"""What must be true of everything that was sent, once all is quiet: once, whole, in order, and provably so."""

import json
from collections import Counter
from functools import partial
from typing import Any

import orjson

from nclcc.deployment import Deployment
from nclcc.scenario.steady import FORCES, RAISED
from nclcc.stack import SERVICES
from shared.audit.checkpoint import SealedCheckpoint
from shared.audit.keys import private_key_file
from shared.audit.verify import verify_database
from shared.auth import Role
from shared.contracts.receipts import RECEIPT
from shared.contracts.topics import (
    ALERTS_EVENTS,
    AUDIT_CHECKPOINTS,
    INBOX,
    PROTECT_EVENTS,
    PURSUE_EVENTS,
    receipts_topic,
)
from shared.db import Transaction, connect
from tests.kill.load import Load
from tests.kill.watching import hand_overs, read_topics, rows, topic_ends

DESKS_EACH = len({(task.organisation, task.desk) for task in RAISED})
"""Tasks of one action for one desk make one alert."""
_EVENTS = (PURSUE_EVENTS, PROTECT_EVENTS, ALERTS_EVENTS, receipts_topic("tasking"), receipts_topic("intel"))


async def assert_all_once(deployment: Deployment, *loads: Load) -> None:
    """Everything that these loads sent, and nothing else, had all its consequences, each once."""
    actions = await _assert_actions(deployment, loads)
    tasks = await _assert_tasks(deployment, actions)
    await _assert_alerts(deployment, tasks)
    await _assert_deliveries(deployment, len(actions) * DESKS_EACH)
    for force in FORCES:
        await _assert_inbox(deployment, force, loads)
    _assert_topics(deployment)
    await _assert_no_dead_letters(deployment)
    await assert_audit_whole(deployment)


async def inbox(deployment: Deployment, organisation: str) -> list[dict[str, Any]]:
    """All entries of an organisation's inbox, by the API, page by page."""
    headers = {"authorization": f"Bearer {deployment.token(organisation, [Role.READER])}"}
    url, after = f"{deployment.address('notify')}/v1/inbox", 0
    found: list[dict[str, Any]] = []
    while True:
        answer = await deployment.http.get(url, params={"after": after, "limit": 1000}, headers=headers)
        answer.raise_for_status()
        page = answer.json()
        if not page["events"]:
            return found
        found += page["events"]
        after = page["next"]


async def assert_audit_whole(deployment: Deployment) -> None:
    """What `nclcc audit verify` does, for each service."""
    raw = read_topics(deployment, [AUDIT_CHECKPOINTS])[AUDIT_CHECKPOINTS]
    published = [SealedCheckpoint.from_dict(orjson.loads(value)["data"]) for value in raw]
    for service in SERVICES:
        engine = connect(deployment.stack.service_url(service, deployment.database), pool_size=2)
        key = private_key_file(deployment.surroundings.audit_key(service)).public_key()
        try:
            report = await verify_database(service, partial(Transaction, engine), [key], published)
        finally:
            await engine.dispose()
        assert report.findings == [], f"{service}: {report.findings}"
        assert report.checkpoints, f"{service} sealed nothing"


async def _assert_actions(deployment: Deployment, loads: tuple[Load, ...]) -> set[Any]:
    sent = Counter(
        (step.action.acting, step.action.action_id) for load in loads for step in load.actions if step.action
    )
    kept = await rows(deployment, "tasking", "SELECT id, acting, action_id, version FROM pursue_actions")
    assert Counter((one["acting"], one["action_id"]) for one in kept) == sent
    assert {one["version"] for one in kept} == {1}
    history = await rows(deployment, "tasking", "SELECT pursue_action FROM history")
    assert Counter(one["pursue_action"] for one in history) == Counter(one["id"] for one in kept)
    return {one["id"] for one in kept}


async def _assert_tasks(deployment: Deployment, actions: set[Any]) -> set[Any]:
    kept = await rows(deployment, "safeguarding", "SELECT * FROM tasks")
    expected = Counter((task.organisation, task.desk, task.rule) for task in RAISED)
    raised: dict[Any, Counter[tuple[str, str, str]]] = {action: Counter() for action in actions}
    for one in kept:
        raised[one["pursue_action"]][one["organisation"], one["desk"], one["rule"]] += 1
    wrong = {str(action): found for action, found in raised.items() if found != expected}
    assert not wrong, f"{len(wrong)} of {len(actions)} actions have other tasks: {dict(list(wrong.items())[:3])}"
    assert {(one["version"], one["status"]) for one in kept} == {(1, "raised")}
    return {one["task"] for one in kept}


async def _assert_alerts(deployment: Deployment, tasks: set[Any]) -> None:
    copies = await rows(deployment, "notify", "SELECT task, alert FROM tasks")
    assert {one["task"] for one in copies} == tasks
    alerts = await rows(deployment, "notify", "SELECT alert, tasks FROM alerts WHERE kind = 'tasks'")
    told = Counter(task for one in alerts for task in json.loads(one["tasks"]))
    assert told == Counter(str(task) for task in tasks), "a task has not one alert"
    listed = {(task, str(one["alert"])) for one in alerts for task in json.loads(one["tasks"])}
    assert listed == {(str(one["task"]), str(one["alert"])) for one in copies}


async def _assert_deliveries(deployment: Deployment, alerts: int) -> None:
    sql = "SELECT d.* FROM deliveries d JOIN alerts a USING (alert) WHERE a.kind = 'tasks'"
    kept = await rows(deployment, "notify", sql)
    assert len(kept) == alerts, f"{len(kept)} deliveries for {alerts} alerts"
    assert {one["status"] for one in kept} == {"sent"}
    assert max(Counter((one["alert"], one["contact"]) for one in kept).values()) == 1
    everything = await rows(deployment, "notify", "SELECT delivery, channel FROM deliveries")
    expected = {f"{one['delivery'].hex}-{one['channel']}" for one in everything}
    handed = Counter(line["attempt"] for line in hand_overs(deployment))
    assert set(handed) == expected, "the log channel had other messages than the deliveries"
    others = await rows(deployment, "notify", "SELECT about, count(*) FROM alerts WHERE kind <> 'tasks' GROUP BY 1")
    print(f"other alerts: {[tuple(one) for one in others]}")
    print(f"{len(kept)} alerts handed over, {sum(handed.values()) - len(handed)} with the same reference again")


async def _assert_inbox(deployment: Deployment, force: str, loads: tuple[Load, ...]) -> None:
    entries = await inbox(deployment, force)
    assert [one["sequence"] for one in entries] == list(range(1, len(entries) + 1)), f"{force}: a gap"
    receipts: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        if entry["type"] == RECEIPT:
            receipts.setdefault(entry["data"]["event_id"], []).append(entry["data"])
    sent = {event: count for load in loads for (who, event), count in load.sent.items() if who == force}
    assert receipts.keys() == sent.keys(), f"{force}: other receipts than submissions"
    for event, found in receipts.items():
        assert {one["verdict"] for one in found} == {"accepted"}
        assert len({one["receipt"] for one in found}) == 1, f"{force}: two verdicts on {event}"
        repeats = [one.get("repeat", False) for one in found]
        assert repeats.count(False) == 1, f"{force}: {repeats} for {event}"
        assert len(found) <= sent[event]
    _assert_inbox_topic(deployment, force, entries)


def _assert_inbox_topic(deployment: Deployment, force: str, entries: list[dict[str, Any]]) -> None:
    topic = INBOX.of(force).name
    held = {value["sequence"]: value["id"] for value in map(orjson.loads, read_topics(deployment, [topic])[topic])}
    assert held == {entry["sequence"]: entry["id"] for entry in entries}, f"{force}: topic and API differ"


def _assert_topics(deployment: Deployment) -> None:
    """A relay may send twice what it had no time to mark; it is then the same event, and no other says the same."""
    for topic, values in read_topics(deployment, _EVENTS).items():
        bodies: dict[tuple[str, str], bytes] = {}
        for value in values:
            event = orjson.loads(value)
            assert bodies.setdefault((event["source"], event["id"]), value) == value, f"{topic}: one id, two bodies"
        said = Counter(_said(orjson.loads(value)) for value in bodies.values())
        doubled = [what for what, times in said.items() if times > 1]
        assert not doubled, f"{topic}: said twice under different ids: {doubled[:3]}"
        print(f"{topic}: {len(bodies)} events, {len(values) - len(bodies)} sent again")


def _said(event: dict[str, Any]) -> tuple[Any, ...]:
    if event["type"] == RECEIPT:
        return event["id"], event["data"]["receipt"]
    return event["type"], event["subject"], event["aggregateversion"]


async def _assert_no_dead_letters(deployment: Deployment) -> None:
    for service in SERVICES:
        kept = await rows(deployment, service, "SELECT consumer, topic, error_class FROM dead_letters")
        assert not kept, f"{service}: {kept[:5]}"
    topics = [partition for partition in topic_ends(deployment) if partition[0].endswith(".dlt")]
    assert not topics, topics
