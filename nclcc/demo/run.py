"""One demonstration from nothing to nothing: the stack is started, the scenario played, everything taken down."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from nclcc.demo.failure import StepFailed
from nclcc.demo.force import Force
from nclcc.demo.greeting import greet
from nclcc.demo.measure import measure
from nclcc.demo.play import play
from nclcc.demo.screen import Kind, Screen, Timeline, screen_for
from nclcc.demo.stage import Stage
from nclcc.demo.summary import Latency, Summary
from nclcc.demo.watcher import Watcher
from nclcc.deployment import Deployment
from nclcc.scenario import Answer, Publish, Story, Thread, Way, roster_path, threads
from nclcc.scenario.steady import FORCES
from nclcc.stack import Stack, StackError, StackName, choose_stack
from shared.contracts.protect import TaskChange

_FETCH_WAIT_MS: Final = 50
"""A broker that wakes no waiting fetch answers an empty one only after this time."""
INTERRUPTED: Final = 130
_LOGGED_ERROR: Final = '"level":"error"'
_LAST_ERRORS: Final = 5


def run_demo(stack: StackName = "auto", json_file: Path | None = None, screen: Screen | None = None) -> int:
    """Play it all; returns the exit status: 0, or 1 if a step did not come out, or 130 after Ctrl-C.

    Nothing is left behind in any case: no process, no port, no file but `json_file`.
    """
    timeline = Timeline(screen or screen_for())
    timeline.say(Kind.TITLE, "", "NCLCC demonstration: real geography; every person and pair of forces is invented")
    try:
        with choose_stack(stack) as running:
            summary = asyncio.run(_demonstrate(running, timeline))
    except KeyboardInterrupt:
        timeline.say(Kind.FAILED, "", "interrupted; everything has been taken down")
        return INTERRUPTED
    except StackError as error:
        timeline.say(Kind.FAILED, "", f"the stack: {error}")
        return 1
    timeline.screen.write(summary.lines())
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(summary.as_json(), option=orjson.OPT_INDENT_2) + b"\n")
    if summary.failed is not None:
        timeline.screen.write(["", f"FAILED: {summary.failed}"])
        return 1
    timeline.say(Kind.NOTE, "", "everything has been taken down")
    return 0


async def _demonstrate(running: Stack, timeline: Timeline) -> Summary:
    timeline.say(Kind.NOTE, "", f"started: {'; '.join(running.banner)}")
    async with Deployment(running, roster=roster_path()) as deployment:
        timeline.say(Kind.NOTE, "", f"ready: {', '.join(deployment.services)}, each a process of its own")
        # a stack that lasts has heard this story before: its ids must be new each time
        story = Story(datetime.now(UTC), seed=datetime.now(UTC).isoformat())
        told = threads(story.now, story.seed)
        await _enrol(deployment, told, timeline)
        async with contextlib.AsyncExitStack() as closing:
            stage = await _set_up(deployment, told, timeline, closing)
            return await _perform(stage, story, told, running)


async def _perform(stage: Stage, story: Story, told: Sequence[Thread], running: Stack) -> Summary:
    latency, failed = None, None
    try:
        await greet(stage, story)
        await play(stage, told)
        latency = await measure(stage, story)
    except StepFailed as error:
        failed = str(error)
        stage.timeline.say(Kind.FAILED, "", error.step)
        stage.timeline.screen.write(_complaints(running))
    return _summary(stage, running.banner, latency, failed)


def _complaints(running: Stack) -> list[str]:
    """What the services' own logs say went wrong: they are gone once everything is taken down."""
    found = [f"{one.name} ended with status {one.returncode}" for one in running.supervisor.failed()]
    for name in running.supervisor:
        lines = running.supervisor.log_path(name).read_text(errors="replace").splitlines()
        found += [f"{name}: {line}" for line in lines if _LOGGED_ERROR in line][-_LAST_ERRORS:]
    return found


async def _enrol(deployment: Deployment, told: Sequence[Thread], timeline: Timeline) -> None:
    await deployment.load_roster(roster_path())
    codes = _on_kafka(told)
    await asyncio.gather(*(deployment.enrol(code, kafka=True) for code in codes))
    timeline.say(Kind.NOTE, "", f"enrolled with topics of their own: {', '.join(codes)}; the rest by their contacts")


async def _set_up(
    deployment: Deployment, told: Sequence[Thread], timeline: Timeline, closing: contextlib.AsyncExitStack
) -> Stage:
    reading = {"fetch.wait.max.ms": 500 if deployment.stack.broker.durable else _FETCH_WAIT_MS}
    watcher = Watcher({**deployment.client(), **reading}, deployment.hand_overs)
    await closing.enter_async_context(watcher)
    forces = {code: Force(code, {**deployment.client(code), **reading}, watcher.wake) for code in _on_kafka(told)}
    for force in forces.values():
        closing.push_async_callback(force.close)
    await asyncio.gather(*(force.open() for force in forces.values()))
    return Stage(watcher, forces, deployment.http, deployment.address, deployment.token, timeline)


def _on_kafka(told: Sequence[Thread]) -> list[str]:
    """Who speaks on a topic in this story."""
    steps = [step for thread in told for step in thread.steps]
    speaking = {step.organisation for step in steps if isinstance(step, Publish)}
    answering = {step.organisation for step in steps if isinstance(step, Answer) and step.way is Way.KAFKA}
    return sorted(speaking | answering | set(FORCES))


def _summary(stage: Stage, banner: Sequence[str], latency: Latency | None, failed: str | None) -> Summary:
    seen = stage.watcher.seen
    raised = sum(event.change is TaskChange.RAISED for events in seen.tasks.values() for event in events)
    figures: dict[str, Any] = {"tasks": raised, "alerts": len({one.reference for one in seen.hand_overs})}
    return Summary(
        stands_on=list(banner),
        seconds=stage.timeline.elapsed,
        submissions=stage.submissions,
        receipts=dict(seen.verdicts),
        acknowledged=len(seen.acknowledged),
        at_fallback=len(seen.climbed),
        answers=stage.answers,
        latency=latency,
        failed=failed,
        **figures,
    )
