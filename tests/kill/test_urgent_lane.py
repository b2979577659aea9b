"""A risk to life overtakes a backlog: handed over while most of the routine actions still wait."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import Producer

from nclcc.deployment import Deployment
from nclcc.scenario.model import Publish
from nclcc.scenario.people import young_runner
from nclcc.scenario.places import MARGATE_FLAT
from nclcc.scenario.steady import FORCES
from nclcc.scenario.story import Story
from shared.contracts.pursue import Verb
from tests.conftest import until
from tests.kill.conftest import deployed
from tests.kill.load import routine_bodies
from tests.kill.watching import count, hand_overs, rows, topic_ends

pytestmark = pytest.mark.timeout(600)
BACKLOG = int(os.environ.get("NCLCC_BACKLOG", "20000"))
_WITHIN = timedelta(seconds=1)
_SLACK = 5
"""A machine that is busy with other things as well may take so many times as long as the product promises."""


@pytest.fixture
async def with_tasking_stopped() -> AsyncIterator[Deployment]:
    async with deployed() as running:
        await running.stop("tasking")
        yield running


@dataclass(frozen=True, slots=True)
class Moments:
    """When tasking was started, was first ready to read, read the urgent action, and when its alert was out."""

    started: datetime
    first_verdict: datetime
    read: datetime
    out: datetime


async def test_a_risk_to_life_is_handed_over_long_before_the_backlog_is_done(with_tasking_stopped: Deployment) -> None:
    deployment, story = with_tasking_stopped, Story(datetime.now(UTC), "backlog")
    urgent = _life_risk(story)
    await asyncio.to_thread(_publish, deployment, story, urgent)
    waiting = sum(end for (topic, _), end in topic_ends(deployment).items() if topic.endswith(".pursue.v1"))
    assert waiting == BACKLOG + 1
    started = datetime.now(UTC)
    deployment.start("tasking")
    await until(lambda: bool(_alerts_out(deployment)), "the urgent alert is out", timedelta(seconds=120))
    done = await count(deployment, "tasking", "SELECT count(*) FROM pursue_actions")
    moments = await _moments(deployment, urgent, started)
    await _kill_all(deployment)
    _show(moments, done)
    assert done - 1 < BACKLOG / 2, f"{done} of {BACKLOG} routine actions went first"
    assert moments.out - moments.read < _SLACK * _WITHIN


def _life_risk(story: Story) -> Publish:
    force = FORCES[0]
    details = story.details("life_risk", MARGATE_FLAT, people=(young_runner("p1"),), executed_at=story.at())
    return story.pursue("finds a boy at risk of his life", story.action(force, "urgent"), Verb.EXECUTED, 1, details)


def _publish(deployment: Deployment, story: Story, last: Publish) -> None:
    """The backlog, and behind it on the same force's topic the urgent one."""
    producer = Producer(
        {**deployment.client(), "linger.ms": 50, "log_level": 0, "queue.buffering.max.messages": 200000}
    )
    for topic, key, body in routine_bodies(story, BACKLOG):
        producer.produce(topic, body, key)
        producer.poll(0)
    assert producer.flush(120) == 0
    assert last.action is not None
    producer.produce(last.topic, last.body, str(last.action.action_id))
    assert producer.flush(10) == 0


def _alerts_out(deployment: Deployment) -> list[datetime]:
    return [datetime.fromisoformat(one["at"]) for one in hand_overs(deployment) if one["urgency"] == "life_risk"]


async def _moments(deployment: Deployment, urgent: Publish, started: datetime) -> Moments:
    sql = "SELECT receipt->>'at' AS at FROM submissions WHERE event_id = $1"
    read = (await rows(deployment, "tasking", sql, urgent.event_id))[0]["at"]
    sql = "SELECT min((receipt->>'at')::timestamptz) AS at FROM submissions"
    first = (await rows(deployment, "tasking", sql))[0]["at"]
    return Moments(started, first, datetime.fromisoformat(read), max(_alerts_out(deployment)))


async def _kill_all(deployment: Deployment) -> None:
    """What is left of the backlog is nobody's concern."""
    await asyncio.gather(*(deployment.kill(service) for service in deployment.services))


def _show(moments: Moments, done: int) -> None:
    def since(moment: datetime) -> str:
        return f"{(moments.out - moment).total_seconds() * 1000:.0f} ms"

    print(
        f"life risk behind {BACKLOG} routine actions: handed over {since(moments.read)} after tasking read it,"
        f" {since(moments.first_verdict)} after its first verdict, {since(moments.started)} after its start;"
        f" {done - 1} routine ones were done"
    )
