"""Looking at a deployment from the operator's side: its tables, its topics, and whether it has come to rest."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import asyncpg
from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from nclcc.deployment import Deployment
from nclcc.stack import SERVICES
from shared.contracts.topics import INTERNAL, organisation_of, topics_of

Partition = tuple[str, int]
_SECONDS = 10.0
_READS_AHEAD = "tasking.ahead"
"""Stores its position with what it takes and now and then: it says nothing about what was read."""
_READERS = {topic.name: topic.readers for topic in INTERNAL}


async def rows(deployment: Deployment, service: str, sql: str, *parameters: Any) -> Sequence[Any]:
    """Rows of a service's own database."""
    return await _fetch(deployment.stack.service_url(service, deployment.database), sql, *parameters)


async def count(deployment: Deployment, service: str, sql: str, *parameters: Any) -> int:
    """The number that a query gives."""
    return int((await rows(deployment, service, sql, *parameters))[0][0])


async def as_administrator(deployment: Deployment, sql: str, *parameters: Any) -> Sequence[Any]:
    """Rows that only the database's administrator may see."""
    url = deployment.stack.database.admin_url.rsplit("/", 1)[0] + f"/{deployment.database}"
    return await _fetch(url, sql, *parameters)


def hand_overs(deployment: Deployment) -> list[dict[str, Any]]:
    """What the log channel was handed: whole lines only."""
    if not deployment.hand_overs.exists():
        return []
    lines = deployment.hand_overs.read_text().split("\n")[:-1]
    return [json.loads(line) for line in lines]


async def unfinished(deployment: Deployment) -> list[str]:
    """What still moves: unread messages, unsent events, alerts that were not handed over. Empty: all is quiet."""
    ends = topic_ends(deployment)
    found = []
    for service in SERVICES:
        unsent = await count(deployment, service, "SELECT count(*) FROM outbox WHERE sent_at IS NULL")
        found += [f"{service} has {unsent} unsent"] if unsent else []
        found += await _unread(deployment, service, ends)
    pending = await count(deployment, "notify", "SELECT count(*) FROM deliveries WHERE status = 'pending'")
    return found + ([f"{pending} deliveries are pending"] if pending else [])


def topic_ends(deployment: Deployment) -> Mapping[Partition, int]:
    """The end of every partition that is not empty, the broker's own apart."""
    admin = AdminClient({**deployment.client(), "log_level": 0})
    topics = admin.list_topics(timeout=_SECONDS).topics
    wanted = {
        TopicPartition(name, number): OffsetSpec.latest()  # type: ignore[no-untyped-call]
        for name, about in topics.items()
        if not name.startswith("__")
        for number in about.partitions
    }
    asked = admin.list_offsets(wanted, request_timeout=_SECONDS)
    ends = {(one.topic, one.partition): future.result(_SECONDS).offset for one, future in asked.items()}
    return {partition: end for partition, end in ends.items() if end}


def read_topics(deployment: Deployment, names: Sequence[str]) -> dict[str, list[bytes]]:
    """Everything that these topics hold; a tombstone is empty."""
    ends = {partition: end for partition, end in topic_ends(deployment).items() if partition[0] in names}
    found: dict[str, list[bytes]] = {name: [] for name in names}
    settings = {"group.id": f"evidence-{uuid4()}", "enable.auto.commit": False, "log_level": 0}
    consumer = Consumer({**deployment.client(), **settings})
    try:
        consumer.assign([TopicPartition(topic, number, 0) for topic, number in ends])
        open_ends = dict(ends)
        while open_ends:
            message = consumer.poll(_SECONDS)
            if message is None:
                raise TimeoutError(f"{open_ends} could not be read")
            if message.error() is not None:
                raise KafkaException(message.error())
            at = (str(message.topic()), message.partition() or 0)
            found[at[0]].append(message.value() or b"")
            if (message.offset() or 0) + 1 >= ends[at]:
                open_ends.pop(at, None)
        return found
    finally:
        consumer.close()


def _readers(topic: str) -> Sequence[str]:
    """The groups that read a topic, as declared."""
    code = organisation_of(topic)
    declared = {one.name: one.readers for one in topics_of(code)} if code else _READERS
    return declared.get(topic, ())


async def _unread(deployment: Deployment, service: str, ends: Mapping[Partition, int]) -> list[str]:
    stored = await rows(deployment, service, "SELECT consumer, topic, partition, next FROM positions")
    positions = {(one["consumer"], one["topic"], one["partition"]): one["next"] for one in stored}
    return [
        f"{group} stands at {positions.get((group, topic, number))} of {end} in {topic}/{number}"
        for (topic, number), end in ends.items()
        for group in _readers(topic)
        if group.split(".")[0] == service and group != _READS_AHEAD and positions.get((group, topic, number), 0) < end
    ]


async def _fetch(url: str, sql: str, *parameters: Any) -> Sequence[Any]:
    connection = await asyncpg.connect(url)
    try:
        fetched: Sequence[Any] = await connection.fetch(sql, *parameters)
        return fetched
    finally:
        await connection.close()
