"""What an answer does to a task: the first one stands."""

from dataclasses import replace

import pytest

from services.safeguarding.domain.answers import UNKNOWN, Answer, Refused, Repeated, Verdict, decide_answer
from services.safeguarding.domain.task import Change, Task
from shared.contracts.protect import AnswerKind, TaskStatus
from shared.contracts.pursue import Status
from tests.unit.safeguarding.building import CHILD, KNOWN, NOW, action, after, decide

ACTION = action(people=[CHILD])
TASKS = {task.rule: task for task in after(decide(ACTION))}
REFERRAL = TASKS["children-england"]
SEALED = next(
    change.task
    for change in decide(
        action(
            status=Status.AUTHORISED,
            sealed=True,
            pre_brief=[{"organisation": "kent", "contact": "kent-dsl"}],
            named_officer="met-officer",
        )
    )
    if change.change
)


def answer(kind: AnswerKind, organisation: str = "la-kent", by: str = "A", **more: object) -> Answer:
    return Answer(kind, organisation, by, **more)  # type: ignore[arg-type]


def settle(task: Task | None, given: Answer) -> Verdict:
    return decide_answer(task, ACTION, given, KNOWN, NOW)


def changed(verdict: Verdict) -> Change:
    assert isinstance(verdict, Change)
    return verdict


def refused(verdict: Verdict) -> Refused:
    assert isinstance(verdict, Refused)
    return verdict


@pytest.mark.parametrize(
    ("kind", "change", "status"),
    [
        (AnswerKind.ACKNOWLEDGED, "seen", TaskStatus.RAISED),
        (AnswerKind.ACCEPTED, "accepted", TaskStatus.ACCEPTED),
        (AnswerKind.DONE, "done", TaskStatus.DONE),
        (AnswerKind.DECLINED, "rerouted", TaskStatus.RAISED),
    ],
)
def test_first_answers(kind: AnswerKind, change: str, status: TaskStatus) -> None:
    made = changed(settle(REFERRAL, answer(kind, reason="not ours")))
    assert (made.change, made.task.status, made.task.version) == (change, status, 2)


class TestLater:
    accepted = changed(settle(REFERRAL, answer(AnswerKind.ACCEPTED))).task

    def test_the_same_again_changes_nothing(self) -> None:
        assert settle(self.accepted, answer(AnswerKind.ACCEPTED)) == Repeated()
        assert settle(self.accepted, answer(AnswerKind.ACKNOWLEDGED)) == Repeated()

    @pytest.mark.parametrize("kind", [AnswerKind.ACCEPTED, AnswerKind.DECLINED])
    def test_another_one_is_told_whose_it_was(self, kind: AnswerKind) -> None:
        late = refused(settle(self.accepted, answer(kind, by="B", reason="x")))
        assert (late.error.rule, late.by, late.organisation) == ("already_answered", "A", "la-kent")

    def test_what_was_accepted_can_be_done_by_a_colleague(self) -> None:
        assert changed(settle(self.accepted, answer(AnswerKind.DONE, by="B"))).task.status is TaskStatus.DONE


class TestDecline:
    declined = changed(settle(REFERRAL, answer(AnswerKind.DECLINED, reason="not ours", whose="la-medway"))).task

    def test_it_goes_to_the_next_with_what_that_desk_may_have(self) -> None:
        task = self.declined
        assert (task.organisation, task.desk) == ("kent", "safeguarding")
        assert (task.previous_organisation, task.previous_desk) == ("la-kent", "children")
        assert task.reason == "not ours (said to be for la-medway)"
        assert task.together != REFERRAL.together
        assert task.task == REFERRAL.task

    def test_who_declined_is_told_that_it_stands(self) -> None:
        late = refused(settle(self.declined, answer(AnswerKind.ACCEPTED, by="B")))
        assert late.error.rule == "already_answered"

    def test_the_route_ends_at_the_centre(self) -> None:
        last = changed(settle(self.declined, answer(AnswerKind.DECLINED, "kent", reason="no"))).task
        assert (last.organisation, last.desk) == ("nclcc", "duty")
        assert "identity" not in str(last.minimum)
        end = refused(settle(last, answer(AnswerKind.DECLINED, "nclcc", reason="no")))
        assert end.error.rule == "last_in_route"

    def test_the_next_version_of_the_action_leaves_it_where_it_is(self) -> None:
        tasks = [self.declined if task.rule == "children-england" else task for task in TASKS.values()]
        assert decide(action(people=[CHILD], version=2), tasks) == []


class TestWhoMayAnswer:
    @pytest.mark.parametrize("organisation", ["la-camden", "kent", "metropolitan", "nclcc"])
    def test_nobody_but_the_recipient(self, organisation: str) -> None:
        assert settle(REFERRAL, answer(AnswerKind.ACCEPTED, organisation)) == UNKNOWN

    def test_unknown_looks_the_same(self) -> None:
        assert settle(None, answer(AnswerKind.ACCEPTED)) == UNKNOWN

    def test_not_another_desk(self) -> None:
        given = answer(AnswerKind.ACCEPTED, desks=frozenset({"housing"}))
        assert refused(settle(REFERRAL, given)).error.rule == "desk"

    def test_a_sealed_one_only_by_who_is_named(self) -> None:
        assert settle(SEALED, answer(AnswerKind.ACCEPTED, "kent")) == UNKNOWN
        assert settle(SEALED, answer(AnswerKind.ACCEPTED, "kent", contact="kent-other")) == UNKNOWN
        assert settle(replace(SEALED, named=["kent/None"]), answer(AnswerKind.ACCEPTED, "kent")) == UNKNOWN
        assert changed(settle(SEALED, answer(AnswerKind.ACCEPTED, "kent", contact="kent-dsl"))).task.sealed

    def test_a_sealed_one_goes_to_nobody_else(self) -> None:
        given = answer(AnswerKind.DECLINED, "kent", contact="kent-dsl", reason="no")
        assert refused(settle(SEALED, given)).error.rule == "sealed"

    def test_held_and_withdrawn_take_no_answer(self) -> None:
        held = replace(SEALED, status=TaskStatus.HELD)
        assert settle(held, answer(AnswerKind.ACCEPTED, "kent", contact="kent-dsl")) == UNKNOWN
        gone = replace(REFERRAL, status=TaskStatus.WITHDRAWN)
        assert refused(settle(gone, answer(AnswerKind.ACCEPTED))).error.rule == "over"
