"""Plays the threads of the scenario on a stage, one scene for each step."""

import asyncio
from collections.abc import Sequence

import httpx
from confluent_kafka import KafkaException

from nclcc.demo.answering import answer, climb
from nclcc.demo.failure import StepFailed
from nclcc.demo.looking import look, parts, protection
from nclcc.demo.publishing import publish
from nclcc.demo.screen import Kind
from nclcc.demo.stage import SETTLING, Stage
from nclcc.scenario import Action, Answer, Climb, Look, Parts, Protection, Publish, Step, Task, Thread
from shared.contracts.protect import TaskChange


async def play(stage: Stage, story: Sequence[Thread]) -> None:
    """All threads in order; raises StepFailed at the first step that does not come out as the story says."""
    for thread in story:
        stage.timeline.say(Kind.TITLE, thread.label, thread.title)
        for step in thread.steps:
            try:
                await _scene(stage, step)
            except (httpx.HTTPError, KafkaException) as error:
                raise StepFailed(step.says, "an answer", type(error).__name__) from error
        await asyncio.sleep(SETTLING)
        _adds_up(stage, thread)


async def _scene(stage: Stage, step: Step) -> None:
    match step:
        case Publish():
            await publish(stage, step)
        case Answer():
            await answer(stage, step)
        case Climb():
            await climb(stage, step)
        case Look():
            await look(stage, step)
        case Protection():
            await protection(stage, step)
        case Parts():
            await parts(stage, step)


def _adds_up(stage: Stage, thread: Thread) -> None:
    """Each task was raised exactly once, and none that the story does not know."""
    wanted: dict[Action, list[Task]] = {}
    for step in thread.steps:
        if isinstance(step, Publish) and step.action is not None:
            wanted.setdefault(step.action, []).extend(step.raised)
    for action, tasks in wanted.items():
        events = stage.watcher.seen.events(action)
        raised = sorted(event.task for event in events if event.change is TaskChange.RAISED)
        if raised != sorted(tasks):
            raise StepFailed(
                f"the thread “{thread.title}” as a whole",
                "each of these tasks once: " + ", ".join(map(str, sorted(tasks))),
                ", ".join(map(str, raised)) or "no task",
            )
