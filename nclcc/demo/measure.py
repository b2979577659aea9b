"""A steady stretch of actions, and how long each took from its force's send to the hand-over of its last alert."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nclcc.demo.failure import StepFailed
from nclcc.demo.screen import Kind
from nclcc.demo.seen import Seen
from nclcc.demo.stage import Stage, milliseconds
from nclcc.demo.summary import Latency, percentile
from nclcc.scenario import Publish
from nclcc.scenario.steady import TASKS_EACH, steady_action
from nclcc.scenario.story import Story

PER_SECOND: Final = 10
SECONDS: Final = 8
_DRAINING: Final = 15.0


@dataclass(frozen=True, slots=True)
class Sending:
    """One action of the stretch, and when it was sent."""

    step: Publish
    at: datetime


async def measure(stage: Stage, story: Story) -> Latency:
    """Send at a steady rate, wait for the last hand-over; raises StepFailed if one does not come."""
    count = PER_SECOND * SECONDS
    stage.timeline.say(Kind.TITLE, "", f"{count} actions, {PER_SECOND} a second, {TASKS_EACH} tasks each")
    sent = await _send(stage, [steady_action(story, number) for number in range(count)])
    seen, waiting = stage.watcher.seen, list(sent)

    def unmet() -> list[str]:
        # asked again at every message: those that are done are not looked at any more
        waiting[:] = [one for one in waiting if _last_told(seen, one) is None]
        return [f"all alerts of {count} actions handed over"] if waiting else []

    def came() -> str:
        return f"{count - len(waiting)} of {count}"

    await stage.wait_for("the measured stretch", unmet, came, _DRAINING)
    return _figures(seen, sent)


async def _send(stage: Stage, steps: Sequence[Publish]) -> list[Sending]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    sending = []
    for number, step in enumerate(steps):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - loop.time()))
        sending.append(asyncio.create_task(_send_one(stage, step)))
    sent = await asyncio.gather(*sending)
    stage.timeline.say(Kind.NOTE, "", f"sent in {loop.time() - began:.1f} s")
    return sent


async def _send_one(stage: Stage, step: Publish) -> Sending:
    assert step.action is not None
    sent = await stage.forces[step.organisation].publish(step.topic, step.body, str(step.action.action_id))
    stage.submissions += 1
    return Sending(step, sent.at)


def _last_told(seen: Seen, sending: Sending) -> datetime | None:
    """When the last of the action's alerts was handed over; None while one is not."""
    assert sending.step.action is not None
    raised = seen.raised(sending.step.action)
    if len(raised) < TASKS_EACH:
        return None
    moments = [seen.told(event, sending.at) for event in raised.values()]
    return None if None in moments else max(moment for moment in moments if moment)


def _figures(seen: Seen, sent: Sequence[Sending]) -> Latency:
    took = [milliseconds(one.at, _last_told(seen, one)) for one in sent]
    tasks = sum(len(seen.raised(one.step.action)) for one in sent if one.step.action)
    if tasks != len(sent) * TASKS_EACH:
        raise StepFailed("the measured stretch", f"{len(sent) * TASKS_EACH} tasks", f"{tasks}")
    return Latency(len(sent), tasks, float(PER_SECOND), percentile(took, 0.5), percentile(took, 0.99))
