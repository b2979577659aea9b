"""Which submission is applied when: revisions, gaps, what never waits, and what comes too late."""

import pytest

from services.tasking.domain import Waiting, decide_expiry
from shared.contracts.model import Mode
from shared.contracts.pursue import Status, Verb
from tests.unit.tasking.samples import NOW, WAIT, after, course, details, heard, verdict

V = Verb
STALE = ("rejected", [("data.revision", "stale")])
LIFE_RISK = details(urgency="life_risk")


class TestInOrder:
    def test_a_whole_life(self) -> None:
        found = course(
            *[heard(v, n) for n, v in enumerate((V.PROPOSED, V.AUTHORISED, V.AMENDED, V.EXECUTED, V.CLOSED), 1)]
        )
        assert [step.action.status for step in found.steps] == [
            Status.PROPOSED,
            Status.AUTHORISED,
            Status.AUTHORISED,
            Status.EXECUTED,
            Status.CLOSED,
        ]
        assert [step.action.version for step in found.steps] == [1, 2, 3, 4, 5]
        assert {one.verdict.value for one in found.said()} == {"accepted"}

    def test_a_repeated_revision_is_stale(self) -> None:
        found = after([[heard(V.PROPOSED, 1)], [heard(V.PROPOSED, 1, event_id="again")]])
        assert verdict(found, "again") == STALE

    def test_backfill_is_remembered(self) -> None:
        found = course(heard(V.EXECUTED, 1, mode=Mode.BACKFILL))
        assert found.action
        assert found.action.backfill


class TestGap:
    def test_what_is_early_waits_until_a_stated_time(self) -> None:
        found = after([[heard(V.PROPOSED, 1)], [heard(V.AMENDED, 3)]])
        assert found.verdicts["e-3"].until == NOW + WAIT
        assert verdict(found, "e-3")[0] == "waiting"
        assert list(found.waiting) == [3]

    def test_a_closed_gap_lets_all_that_waited_follow(self) -> None:
        found = after([[heard(V.CANCELLED, 3)], [heard(V.AMENDED, 2)], [heard(V.PROPOSED, 1)]])
        assert found.action
        assert found.action.status is Status.CANCELLED
        assert not found.waiting
        assert [verdict(found, f"e-{n}")[0] for n in (1, 2, 3)] == ["accepted"] * 3

    def test_what_waited_is_judged_when_its_turn_comes(self) -> None:
        found = after([[heard(V.CLOSED, 2)], [heard(V.PROPOSED, 1)]])
        assert verdict(found, "e-2") == ("rejected", [("type", "lifecycle")])

    def test_a_second_submission_of_a_waiting_revision_is_refused(self) -> None:
        found = after([[heard(V.AMENDED, 2)], [heard(V.AMENDED, 2, event_id="other")]])
        assert verdict(found, "other") == ("rejected", [("data.revision", "taken")])

    def test_one_batch_is_taken_in_the_order_of_its_revisions(self) -> None:
        found = course(heard(V.AUTHORISED, 2), heard(V.PROPOSED, 1))
        assert [step.heard.revision for step in found.steps] == [1, 2]

    @pytest.mark.parametrize(("seconds_left", "expected"), [(1, None), (0, "rejected"), (-60, "rejected")])
    def test_expiry(self, seconds_left: int, expected: str | None) -> None:
        waiting = Waiting(heard(V.AMENDED, 2), NOW + seconds_left * (WAIT / 900))
        found = decide_expiry(waiting, NOW)
        assert (found.verdict.value if found else None) == expected
        assert found is None or found.errors[0].rule == "predecessor_missing"


class TestNeverHeld:
    @pytest.mark.parametrize(
        "early", [heard(V.EXECUTED, 3), heard(V.AUTHORISED, 3, LIFE_RISK), heard(V.AMENDED, 3, LIFE_RISK)]
    )
    def test_it_is_applied_over_a_gap_and_what_comes_later_is_stale(self, early: object) -> None:
        found = after([[early], [heard(V.PROPOSED, 1)]])  # type: ignore[list-item]
        assert found.action
        assert found.action.revision == 3
        assert verdict(found, "e-1") == STALE

    def test_an_execution_is_not_held_behind_a_failed_amendment(self) -> None:
        found = after([[heard(V.PROPOSED, 1)], [heard(V.AMENDED, 3)], [heard(V.EXECUTED, 4)]])
        assert found.action
        assert found.action.status is Status.EXECUTED
        assert verdict(found, "e-3") == STALE
        assert not found.waiting

    def test_a_late_authorisation_still_counts_behind_an_amendment_that_overtook_it(self) -> None:
        amendment = heard(V.AMENDED, 3, details(urgency="life_risk", summary="new"))
        found = after([[heard(V.PROPOSED, 1)], [amendment], [heard(V.AUTHORISED, 2)]])
        assert found.action
        assert (found.action.status, found.action.revision) == (Status.AUTHORISED, 3)
        assert found.action.details
        assert found.action.details["summary"] == "new"

    def test_but_not_one_of_a_revision_that_was_applied(self) -> None:
        first, amendment = heard(V.PROPOSED, 1), heard(V.AMENDED, 2, LIFE_RISK)
        found = after([[first, amendment], [heard(V.AUTHORISED, 1, event_id="other")]])
        assert verdict(found, "other") == STALE


class TestRetraction:
    @pytest.mark.parametrize("revision", [1, 2, 9])
    def test_it_ends_any_action_whatever_its_revision(self, revision: int) -> None:
        found = after([[heard(V.EXECUTED, 1)], [heard(V.RETRACTED, revision, event_id="r")]])
        assert found.action
        assert found.action.status is Status.RETRACTED

    @pytest.mark.parametrize("last", [V.CANCELLED, V.CLOSED])
    def test_also_one_that_is_over(self, last: Verb) -> None:
        first = V.PROPOSED if last is V.CANCELLED else V.EXECUTED
        found = after([[heard(first, 1), heard(last, 2)], [heard(V.RETRACTED, 3)]])
        assert verdict(found, "e-3")[0] == "accepted"

    def test_of_an_action_that_was_never_seen_it_refuses_the_action_later(self) -> None:
        found = after([[heard(V.RETRACTED, 2)], [heard(V.EXECUTED, 1)]])
        assert verdict(found, "e-2")[0] == "accepted"
        assert verdict(found, "e-1") == ("rejected", [("data.action_id", "retracted")])
        assert found.action
        assert found.action.details is None
        assert found.action.sealed

    def test_what_waited_is_refused_with_it(self) -> None:
        found = after([[heard(V.PROPOSED, 1)], [heard(V.AMENDED, 3)], [heard(V.RETRACTED, 4)]])
        assert verdict(found, "e-3") == ("rejected", [("data.action_id", "retracted")])


class TestValidateOnly:
    @pytest.mark.parametrize(
        ("one", "expected"),
        [
            (heard(V.AMENDED, 2, mode=Mode.VALIDATE_ONLY), "valid"),
            (heard(V.AMENDED, 3, mode=Mode.VALIDATE_ONLY), "valid"),
            (heard(V.AMENDED, 1, mode=Mode.VALIDATE_ONLY, event_id="e-9"), "rejected"),
            (heard(V.CLOSED, 2, mode=Mode.VALIDATE_ONLY), "rejected"),
        ],
    )
    def test_it_is_checked_in_full_and_changes_nothing(self, one: object, expected: str) -> None:
        found = after([[heard(V.PROPOSED, 1)], [one]])  # type: ignore[list-item]
        said = list(found.verdicts.values())[-1]
        assert said.verdict.value == expected
        assert not found.steps
        assert not found.waiting

    def test_a_gap_is_a_warning(self) -> None:
        found = course(heard(V.AMENDED, 2, mode=Mode.VALIDATE_ONLY))
        assert found.verdicts["e-2"].warnings == ("predecessor_missing",)
