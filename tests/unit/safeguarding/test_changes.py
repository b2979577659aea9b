"""What happens to an action's tasks as it changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.safeguarding.domain.action import Action
from services.safeguarding.domain.task import Task, event_data
from shared.contracts.protect import ProtectTask, TaskStatus
from shared.contracts.pursue import Status
from tests.unit.safeguarding.building import (
    CHILD,
    FLAT,
    FRIDAY_NIGHT,
    NORWICH,
    NOW,
    action,
    after,
    decide,
    told,
)

NORWICH_PLACE = {"ref": "norwich", "district": NORWICH, "kind": "street"}
PRE_BRIEF = [{"organisation": "kent", "contact": "kent-dsl"}]


def sealed(version: int = 1, **details: object) -> Action:
    given_ = {"pre_brief": PRE_BRIEF, "named_officer": "met-officer", "people": [CHILD]} | details
    return action(version=version, status=Status.AUTHORISED, sealed=True, **given_)  # type: ignore[arg-type]


def by_rule(tasks: list[Task]) -> dict[str, Task]:
    return {task.rule: task for task in tasks}


class TestOpen:
    def test_every_event_is_of_the_contract(self) -> None:
        for change in decide(action(people=[CHILD])):
            assert ProtectTask.model_validate(event_data(change)).version == 1

    def test_the_same_version_again_changes_nothing(self) -> None:
        first = after(decide(action(people=[CHILD])))
        assert decide(action(people=[CHILD], version=2), first) == []

    def test_only_differences_go_out(self) -> None:
        first = after(decide(action(people=[CHILD], status=Status.EXECUTED)))
        amended = action(people=[CHILD], places=[FLAT, NORWICH_PLACE], version=2)
        assert told(decide(amended, first)) == {("raised", "receiving-force", "norfolk")}

    def test_what_no_longer_concerns_them_is_withdrawn_and_empty(self) -> None:
        first = after(decide(action(people=[CHILD], places=[FLAT, NORWICH_PLACE])))
        changes = decide(action(people=[CHILD], version=2), first)
        assert told(changes) == {("withdrawn", "receiving-force", "norfolk")}
        assert changes[0].task.minimum == {}

    def test_one_more_child_alerts_anew_and_reopens_what_was_done(self) -> None:
        first = after(decide(action(people=[CHILD])))
        done = [_with(task, TaskStatus.DONE) if task.rule == "children-england" else task for task in first]
        more = action(people=[CHILD, {**CHILD, "ref": "p2"}], version=2)
        changes = {change.task.rule: change for change in decide(more, done)}
        assert changes["children-england"].change == "raised"
        assert changes["receiving-force"].change == "changed"
        assert changes["receiving-force"].task.together != by_rule(first)["receiving-force"].together

    def test_more_haste_shortens_the_time_and_alerts_anew(self) -> None:
        first = after(decide(action(people=[CHILD], urgency="routine")))
        later = NOW + timedelta(hours=1)
        changes = {
            one.task.rule: one for one in decide(action(people=[CHILD], version=2, urgency="life_risk"), first, later)
        }
        assert changes["children-england"].task.due_at == later + timedelta(hours=1)
        assert changes["children-england"].task.together != by_rule(first)["children-england"].together

    def test_what_is_alerted_anew_was_seen_by_nobody_as_it_is_now(self) -> None:
        seen = [replace(task, seen_at=NOW) for task in after(decide(action(people=[CHILD])))]
        more = decide(action(people=[CHILD, {**CHILD, "ref": "p2"}], version=2), seen)
        renewed = [change.task for change in more if change.change == "changed"]
        assert renewed
        assert [task.seen_at for task in renewed] == [None] * len(renewed)

    def test_retraction_reaches_everyone_who_ever_had_it_without_content(self) -> None:
        first = after(decide(action(people=[CHILD], places=[FLAT, NORWICH_PLACE])))
        second = after(decide(action(people=[CHILD], version=2), first), first)
        done = [_with(task, TaskStatus.DONE) if task.rule == "children-england" else task for task in second]
        changes = decide(action(people=[CHILD], version=3, status=Status.RETRACTED), done)
        assert {change.task.task for change in changes} == {task.task for task in first}
        assert all(change.change == "retracted" and change.task.minimum == {} for change in changes)
        assert decide(action(version=4, status=Status.RETRACTED), after(changes)) == []

    def test_closing_keeps_what_is_open(self) -> None:
        first = after(decide(action(people=[CHILD])))
        changes = decide(action(people=[CHILD], version=2, status=Status.CLOSED), first)
        assert all(change.task.status is TaskStatus.RAISED for change in changes)

    def test_what_was_asked_is_done_when_it_is_answered(self) -> None:
        first = after(decide(action(people=[{**CHILD, "told": None}])))
        assert "missing-information" in by_rule(first)
        assert ("done", "missing-information", "metropolitan") in told(decide(action(people=[CHILD], version=2), first))

    def test_a_duty_teams_task_is_not_taken_back_in_the_morning(self) -> None:
        first = after(decide(action(people=[CHILD]), now=FRIDAY_NIGHT))
        changes = decide(action(people=[CHILD], version=2), first, FRIDAY_NIGHT + timedelta(days=3, hours=-10))
        assert "emergency-duty-england" not in {change.task.rule for change in changes}


class TestSealed:
    def test_only_the_pre_briefed_hear_of_it_and_the_event_is_a_pointer(self) -> None:
        changes = decide(sealed())
        assert told(changes) == {("raised", "receiving-force", "kent")}
        assert {change.task.status for change in changes if change.change is None} == {TaskStatus.HELD}
        [pointer] = [event_data(change) for change in changes if change.change is not None]
        assert ProtectTask.model_validate(pointer).named == ["kent/kent-dsl", "metropolitan/met-officer"]
        assert not {"minimum", "missing", "legal_basis"} & set(pointer)
        assert "receiving" not in pointer["title"]

    def test_no_pre_brief_tells_nobody(self) -> None:
        assert told(decide(sealed(pre_brief=[]))) == set()

    def test_release_raises_what_was_held_and_opens_what_was_told(self) -> None:
        first = after(decide(sealed()))
        changes = decide(action(people=[CHILD], version=2), first)
        assert ("released", "receiving-force", "kent") in told(changes)
        assert ("raised", "children-england", "la-kent") in told(changes)
        assert not any(change.task.sealed for change in changes)
        assert all(change.task.minimum for change in changes)

    def test_cancelling_is_quiet_but_for_those_who_were_told(self) -> None:
        first = after(decide(sealed()))
        cancelled = action(version=2, status=Status.CANCELLED, sealed=True, people=[CHILD])
        changes = decide(cancelled, first)
        assert told(changes) == {("stood-down", "receiving-force", "kent")}
        assert all(change.task.status is TaskStatus.WITHDRAWN for change in changes)
        assert [change.task.sealed for change in changes if change.change] == [True]

    def test_a_pre_brief_that_is_taken_back_is_held_again(self) -> None:
        first = after(decide(sealed()))
        [change] = [one for one in decide(sealed(version=2, pre_brief=[]), first) if one.change]
        assert (change.change, event_data(change)["status"]) == ("withdrawn", "withdrawn")
        assert change.task.status is TaskStatus.HELD

    def test_what_was_released_is_never_sealed_again(self) -> None:
        first = after(decide(action(people=[CHILD])))
        assert not any(change.task.sealed for change in decide(sealed(version=2), first))


def _with(task: Task, status: TaskStatus) -> Task:
    return replace(task, status=status)


HISTORIES = {
    "executed": [
        sealed(1),
        sealed(2, pre_brief=[]),
        sealed(3, places=[FLAT, NORWICH_PLACE]),
        action(version=4, people=[{**CHILD, "told": None}]),
        action(version=5, people=[CHILD], status=Status.CLOSED),
    ],
    "moved": [
        action(version=1, status=Status.PROPOSED, places=[NORWICH_PLACE]),
        action(version=2, status=Status.AUTHORISED, people=[CHILD]),
        action(version=3, people=[CHILD], places=[FLAT, NORWICH_PLACE]),
    ],
    "cancelled": [sealed(1), sealed(2), action(version=3, status=Status.CANCELLED, sealed=True, people=[CHILD])],
    "retracted": [
        sealed(1),
        action(version=2, people=[CHILD]),
        action(version=3, status=Status.RETRACTED, people=[CHILD]),
    ],
}


def live(tasks: list[Task]) -> set[tuple[object, ...]]:
    return {
        (task.task, task.status, task.organisation, task.desk, task.sealed, task.digest, tuple(task.named))
        for task in tasks
        if task.status.live
    }


def heard(versions: list[Action]) -> list[Task]:
    """What the consumer does: a version that is not newer than the last is dropped."""
    tasks: list[Task] = []
    last = 0
    for version in versions:
        if version.version > last:
            tasks, last = after(decide(version, tasks), tasks), version.version
    return tasks


@pytest.mark.parametrize("name", HISTORIES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_interleaving_ends_in_the_same_live_tasks(name: str, data: st.DataObject) -> None:
    history = HISTORIES[name]
    extra = data.draw(st.lists(st.sampled_from(history), max_size=6))
    order = data.draw(st.permutations([*history, *extra]))
    assert live(heard(order)) == live(heard(history))


class TestBackfill:
    def test_what_goes_live_is_told_to_those_who_were_not_paged(self) -> None:
        recorded = after(decide(action(people=[CHILD], status=Status.AUTHORISED, backfill=True)))
        assert all(task.backfill for task in recorded)
        later = NOW + timedelta(days=40)
        live = decide(action(people=[CHILD], version=2), recorded, later)
        changed = {change.task.task: change for change in live}
        for before in recorded:
            change = changed[before.task]
            assert change.task.together != before.together
            assert (change.task.raised_at, change.task.backfill) == (later, False)
            assert change.task.due_at > later

    def test_what_somebody_is_responsible_for_or_is_over_pages_no_one(self) -> None:
        recorded = after(decide(action(people=[CHILD], backfill=True)))
        taken = [_with(task, TaskStatus.ACCEPTED) for task in recorded]
        assert all(
            change.task.together in {task.together for task in taken}
            for change in decide(action(people=[CHILD], version=2), taken)
        )
        closed = decide(action(people=[CHILD], version=2, status=Status.CLOSED), recorded)
        assert all(change.task.together in {task.together for task in recorded} for change in closed)
