"""Before the story: each force's system sends an event that is only checked, to see that it is heard."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import orjson

from nclcc.demo.failure import StepFailed
from nclcc.demo.force import Force
from nclcc.demo.screen import Kind
from nclcc.demo.stage import Stage, milliseconds
from nclcc.scenario import Publish, Story
from nclcc.scenario.places import MARGATE_FLAT
from shared.contracts.model import Mode
from shared.contracts.pursue import Verb
from shared.contracts.receipts import Verdict

_PATIENCE: Final = 20.0
"""New topics are found within seconds; nothing else may take so long."""


async def greet(stage: Stage, story: Story) -> None:
    """All at once; raises StepFailed if one is not heard."""
    stage.timeline.say(Kind.TITLE, "", "Each force's system sends an event that is only checked (validate only)")
    await asyncio.gather(*(_one(stage, story, force) for force in stage.forces.values()))


async def _one(stage: Stage, story: Story, force: Force) -> None:
    step, at = _checked(story, force.code), datetime.now(UTC)
    await force.publish(step.topic, step.body, str(story.id("greeting", force.code)))
    stage.submissions += 1

    def answered() -> bool | None:
        receipts = force.inbox.receipts(step.event_id, 0)
        return True if any(one["verdict"] == Verdict.VALID for one in receipts) else None

    if not await stage.watcher.until(answered, _PATIENCE):
        raise StepFailed(f"{force.code} sends an event to be checked", "a receipt: valid", "none")
    stage.timeline.say(Kind.RECEIPT, force.code, "valid, on a topic that was made a moment ago", milliseconds(at))


def _checked(story: Story, code: str) -> Publish:
    details = story.details("routine", MARGATE_FLAT, executed_at=story.at())
    step = story.pursue("checks", story.action(code, "greeting"), Verb.EXECUTED, 1, details)
    event = step.document
    event["data"]["mode"] = Mode.VALIDATE_ONLY.value
    return replace(step, body=orjson.dumps(event))
