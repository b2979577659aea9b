"""The load from outside: forces' own clients that report executed actions, and remember each thing they sent."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from confluent_kafka import KafkaError, Message, Producer

from nclcc.deployment import Deployment
from nclcc.scenario.model import Publish, Stream
from nclcc.scenario.steady import FORCES, steady_action
from nclcc.scenario.story import Story
from shared.contracts import examples
from shared.contracts.registry import REPORT_SUBMITTED
from tests.conftest import until

_REPEAT_EVERY = 10
"""Every so many actions the force sends the same event twice, and an intelligence report."""
_NOT_IN_EXAMPLE = ("line_id",)


class Load:
    """Publishes actions of four forces in turn. `actions` are all that were sent, `sent` counts messages by event."""

    def __init__(self, deployment: Deployment, seed: str) -> None:
        self.story = Story(datetime.now(UTC), seed)
        self.actions: list[Publish] = []
        self.sent: Counter[tuple[str, str]] = Counter()
        self.errors: list[KafkaError] = []
        self._producers = {force: Producer(_patient(deployment.client(force))) for force in FORCES}

    async def publish(self, at_least: int, per_second: float, enough: asyncio.Event | None = None) -> None:
        """Send actions evenly until there are so many and `enough` is set; waits for no answer of the broker."""
        loop = asyncio.get_running_loop()
        began, number = loop.time(), 0
        while number < at_least or not (enough is None or enough.is_set()):
            await asyncio.sleep(max(0.0, began + number / per_second - loop.time()))
            self._send(len(self.actions))
            number += 1

    async def reached(self, count: int) -> None:
        """Return once so many actions were sent."""
        await until(lambda: len(self.actions) >= count, f"{count} actions are sent")

    async def delivered(self) -> None:
        """Return once the broker has everything; fails if it refused something."""
        left = [await asyncio.to_thread(producer.flush, 60.0) for producer in self._producers.values()]
        assert not any(left), f"the broker has not taken {sum(left)} messages"
        assert not self.errors, self.errors

    def _send(self, number: int) -> None:
        step = steady_action(self.story, number)
        assert step.action is not None
        self.actions.append(step)
        key = str(step.action.action_id)
        self._produce(step, key)
        if number % _REPEAT_EVERY == 0:
            self._produce(step, key)
            self._produce(self._report(step.organisation, number), key)

    def _report(self, force: str, number: int) -> Publish:
        name = f"report-{number}"
        content = {field: value for field, value in examples.REPORT.items() if field not in _NOT_IN_EXAMPLE}
        event = self.story.event(force, REPORT_SUBMITTED, name, content | {"urn": f"{self.story.seed}-{number}"})
        return self.story.publication(name, force, Stream.INTEL, event, steady_action(self.story, 0).receipt)

    def _produce(self, step: Publish, key: str) -> None:
        assert step.event_id is not None
        self.sent[step.organisation, step.event_id] += 1
        producer = self._producers[step.organisation]
        producer.produce(step.topic, step.body, key, on_delivery=self._heard)
        producer.poll(0)

    def _heard(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self.errors.append(error)


def routine_bodies(story: Story, count: int) -> Iterator[tuple[str, str, bytes]]:
    """Topic, key and body of many routine actions that differ in nothing but their ids."""
    for force in FORCES:
        step = steady_action(story, FORCES.index(force))
        document = step.document
        for number in range(count // len(FORCES)):
            document["id"] = str(story.id("event", force, f"backlog-{number}"))
            action_id = str(story.id("action", force, f"backlog-{number}"))
            document["data"]["action_id"] = action_id
            yield step.topic, action_id, orjson.dumps(document)


def _patient(settings: dict[str, Any]) -> dict[str, Any]:
    """As a force would set its client: it waits out a broker that is away, and sends nothing twice by itself."""
    own = {"enable.idempotence": True, "linger.ms": 0, "log_level": 0, "reconnect.backoff.max.ms": 500}
    return settings | own
