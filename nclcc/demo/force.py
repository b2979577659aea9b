"""An outside organisation's own system: its client, its credentials, its topics and nothing else."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from nclcc.demo.watcher import Follower
from nclcc.scenario import Task
from shared.contracts.receipts import RECEIPT
from shared.contracts.topics import INBOX

_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Sent:
    """When a message was handed to the client library."""

    at: datetime


@dataclass(slots=True)
class Inbox:
    """What the centre has told this organisation, in order."""

    entries: list[Mapping[str, Any]] = field(default_factory=list)

    def receipts(self, event_id: str | None, since: int) -> list[Mapping[str, Any]]:
        """The receipts for one of its events that came after so many entries."""
        found = (entry["data"] for entry in self.entries[since:] if entry["type"] == RECEIPT)
        return [data for data in found if data.get("event_id") == event_id]

    def task_id(self, task: Task) -> str | None:
        """The id of the newest task for one of its desks by a rule."""
        for entry in reversed(self.entries):
            data = entry["data"]
            if data.get("rule") == task.rule and data["recipient"]["desk"] == task.desk:
                return str(data["task"])
        return None


class Force:
    """One organisation that takes Kafka: publishes on its topics and follows its inbox."""

    def __init__(self, code: str, settings: Mapping[str, Any], heard: Callable[[], None]) -> None:
        self.code, self.inbox = code, Inbox()
        self._heard = heard
        self._producer = Producer({"linger.ms": 0, "log_level": 0, **_for_producing(settings)})
        group = {"group.id": f"org.{code}.demo"}  # the prefix that an organisation's own groups have
        self._follower = Follower({**settings, **group}, (INBOX.of(code).name,), self._take)

    async def open(self) -> None:
        await self._follower.start()

    async def close(self) -> None:
        await self._follower.stop()
        await asyncio.to_thread(self._producer.flush, 1.0)

    async def publish(self, topic: str, body: bytes, key: str) -> Sent:
        """Returns when the broker has it; raises KafkaException with the broker's answer if it will not."""
        return await asyncio.to_thread(self._publish, topic, body, key)

    def _publish(self, topic: str, body: bytes, key: str) -> Sent:
        refused: list[KafkaError] = []
        sent = Sent(datetime.now(UTC))
        self._producer.produce(topic, body, key, on_delivery=lambda error, _: refused.append(error) if error else None)
        left = self._producer.flush(_SECONDS)
        if refused:
            raise KafkaException(refused[0])
        if left:
            raise KafkaException(KafkaError(KafkaError._MSG_TIMED_OUT))
        return sent

    def _take(self, message: Message) -> None:
        self.inbox.entries.append(orjson.loads(message.value() or b"{}"))
        self._heard()


def _for_producing(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A producer warns of settings that only a consumer has."""
    return {name: value for name, value in settings.items() if not name.startswith(("fetch.", "group."))}
