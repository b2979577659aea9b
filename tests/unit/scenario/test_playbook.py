"""What the story expects of each action is what the playbook, as shipped, comes to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from nclcc.scenario import Publish, Story, Stream, Task, threads
from nclcc.scenario.places import MARGATE_FLAT, NORWICH_HOUSE
from nclcc.scenario.steady import TASKS_EACH, steady_action
from services.safeguarding.domain.action import Action
from services.safeguarding.domain.desired import decide_desired
from services.safeguarding.domain.wanted import Knowledge, LocalFacts
from services.safeguarding.playbook_files import SHIPPED, load_playbook
from shared.contracts.pursue import PREFIX, Status
from shared.contracts.receipts import Verdict
from shared.reference import reference

EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LINE = LocalFacts(tuple(spot.district for spot in (MARGATE_FLAT, NORWICH_HOUSE) if spot.district))


def _desired(step: Publish, now: datetime) -> set[Task]:
    known = Knowledge(load_playbook(SHIPPED, now.date()), reference(), b"k" * 32)
    data = step.document["data"]
    verb = step.document["type"].removeprefix(PREFIX).removesuffix(".v1")
    status = Status.EXECUTED if verb == "executed" else Status.PROPOSED
    sealed = bool(data["action"].get("sealed"))
    assert step.action is not None
    action = Action(
        uuid4(), step.organisation, data["action_id"], 1, status, sealed, backfill=False, details=data["action"]
    )
    facts = LINE if data["action"].get("line_id") else LocalFacts()
    return {Task(one.organisation, one.desk, one.rule.id) for one in decide_desired(action, facts, known, now)}


def _told(now: datetime) -> Iterator[tuple[str, Publish, set[Task]]]:
    """Every step that carries a whole action, with the tasks that are live after it by the story."""
    for thread in threads(now):
        live: dict[object, set[Task]] = {}
        for step in thread.steps:
            if not isinstance(step, Publish) or step.stream is not Stream.PURSUE or step.action is None:
                continue
            gone = {change.task for change in step.changed if change.change == "withdrawn"}
            live[step.action] = (live.get(step.action, set()) | set(step.raised)) - gone
            if step.receipt.verdict is Verdict.ACCEPTED and "action" in step.document["data"]:
                yield f"{thread.name}: {step.says}", step, live[step.action]


@pytest.mark.parametrize("now", [EVENING, MORNING], ids=["evening", "morning"])
def test_every_open_action_raises_what_the_story_says(now: datetime) -> None:
    for name, step, live in _told(now):
        if not step.document["data"]["action"].get("sealed"):
            assert _desired(step, now) == live, name


@pytest.mark.parametrize("now", [EVENING, MORNING], ids=["evening", "morning"])
def test_a_sealed_action_tells_only_some_of_whom_it_will_concern(now: datetime) -> None:
    sealed = [(step, live) for _, step, live in _told(now) if step.document["data"]["action"].get("sealed")]
    assert sealed
    for step, live in sealed:
        assert live < _desired(step, now)


def test_the_measured_action_has_its_six_tasks_at_any_hour() -> None:
    for now in (EVENING, MORNING):
        step = steady_action(Story(now), 1)
        assert _desired(step, now) == set(step.raised)
        assert len(step.raised) == TASKS_EACH == 6
