"""Escalation by table: facts in, changes out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.channels.message import Urgency
from services.notify.escalation import (
    DUTY_DESK,
    SEALED_DESK,
    AlertState,
    AlertStatus,
    Change,
    EndedQuietly,
    Facts,
    Moved,
    NextShift,
    Policy,
    ReachedNobody,
    Step,
    Target,
    Tell,
    decide_escalation,
    default_delays,
    default_policy,
    sealed_policy,
)

RAISED = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ON_CALL, DESK = Target("rota", "kent/safeguarding"), Target("desk", "kent/safeguarding")
REACHABLE = {
    ON_CALL: ("kent/a",),
    DESK: ("kent/a", "kent/b"),
    DUTY_DESK: ("nclcc/d",),
    SEALED_DESK: ("nclcc/s",),
    Target("contact", "kent/n"): ("kent/n",),
    Target("contact", "kent/m"): ("kent/m",),
    Target("contact", "metropolitan/o"): ("metropolitan/o",),
}
FACTS = Facts(REACHABLE)
LIFE_RISK = default_policy("life_risk", "kent/safeguarding")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def after(count: float) -> datetime:
    return RAISED + minutes(count)


def told(changes: list[Change]) -> list[str]:
    return [change.contact for change in changes if isinstance(change, Tell)]


def moved(changes: list[Change]) -> Moved:
    (only,) = [change for change in changes if isinstance(change, Moved)]
    return only


def standing(position: int, deadline: float, *contacts: str, sealed: bool = False) -> AlertState:
    return AlertState("open", RAISED, sealed, position, after(deadline), frozenset(contacts))


def applied(alert: AlertState, changes: list[Change]) -> AlertState:
    if not changes:
        return alert
    now_at = moved(changes)
    return AlertState("open", RAISED, alert.sealed, now_at.position, now_at.deadline, alert.told | set(told(changes)))


class TestLiveClimb:
    @pytest.mark.parametrize(
        ("alert", "at", "contacts", "to"),
        [
            (AlertState("open", RAISED), 0, ["kent/a"], Moved(0, after(5), False)),
            (standing(0, 5, "kent/a"), 5, ["kent/a", "kent/b"], Moved(1, after(10), False)),
            (standing(1, 10, "kent/a", "kent/b"), 10.1, ["kent/a", "kent/b"], Moved(2, after(15), False)),
            (standing(2, 15, "kent/a", "kent/b"), 15, ["nclcc/d"], Moved(3, None, True)),
        ],
    )
    def test_each_missed_deadline_is_one_rung(
        self, alert: AlertState, at: float, contacts: list[str], to: Moved
    ) -> None:
        changes = decide_escalation(alert, LIFE_RISK, after(at), FACTS)
        assert told(changes) == contacts
        assert moved(changes) == to

    def test_nothing_before_the_deadline_and_nothing_after_the_fallback(self) -> None:
        assert decide_escalation(standing(0, 5), LIFE_RISK, after(4.99), FACTS) == []
        at_the_end = AlertState("open", RAISED, False, 3, None)
        assert decide_escalation(at_the_end, LIFE_RISK, after(10_000), FACTS) == []

    @pytest.mark.parametrize("status", ["acknowledged", "withdrawn", "closed"])
    def test_nothing_once_it_is_over(self, status: AlertStatus) -> None:
        assert decide_escalation(AlertState(status, RAISED), LIFE_RISK, after(60), FACTS) == []
        assert decide_escalation(AlertState(status, RAISED, False, 0, after(5)), LIFE_RISK, after(60), FACTS) == []

    def test_a_repeat_tells_the_first_rung_again_before_the_fallback(self) -> None:
        policy = Policy((Step(minutes(5), (ON_CALL,)),), repeat=1)
        again = decide_escalation(standing(0, 5, "kent/a"), policy, after(5), FACTS)
        assert again == [Tell("kent/a", ON_CALL, 1), Moved(1, after(10), False)]
        last = decide_escalation(standing(1, 10, "kent/a"), policy, after(10), FACTS)
        assert told(last) == ["nclcc/d"]


class TestAfterAnOutage:
    def test_goes_to_the_rung_that_is_due_and_tells_the_skipped_only_once(self) -> None:
        changes = decide_escalation(AlertState("open", RAISED), LIFE_RISK, after(12), FACTS)
        assert sorted(told(changes)) == ["kent/a", "kent/b"]
        assert moved(changes) == Moved(2, after(15), False)

    def test_at_the_end_nobody_who_knows_is_told_again(self) -> None:
        changes = decide_escalation(standing(0, 5, "kent/a"), LIFE_RISK, after(600), FACTS)
        assert told(changes) == ["kent/b", "nclcc/d"]
        assert moved(changes) == Moved(3, None, True)

    def test_one_who_stands_on_a_skipped_rung_and_at_the_fallback_is_told_once(self) -> None:
        facts = Facts({**REACHABLE, DUTY_DESK: ("kent/a",)})
        changes = decide_escalation(AlertState("open", RAISED), LIFE_RISK, after(600), facts)
        assert sorted(told(changes)) == ["kent/a", "kent/b"]

    @pytest.mark.parametrize("alert", [AlertState("open", RAISED), standing(0, 5, "kent/a")])
    def test_a_replay_of_what_is_over_tells_nobody(self, alert: AlertState) -> None:
        over = Facts(REACHABLE, subject_over=True)
        assert decide_escalation(alert, LIFE_RISK, after(100_000), over) == [EndedQuietly()]


class TestNobodyThere:
    def test_an_empty_rung_is_passed_at_once_and_reported(self) -> None:
        facts = Facts({**REACHABLE, ON_CALL: ()})
        changes = decide_escalation(AlertState("open", RAISED), LIFE_RISK, RAISED, facts)
        assert changes[0] == ReachedNobody(0, (ON_CALL,), fallback=False)
        assert told(changes) == ["kent/a", "kent/b"]
        assert moved(changes) == Moved(1, after(5), False)

    def test_an_unknown_organisation_goes_straight_to_the_fallback(self) -> None:
        facts = Facts({DUTY_DESK: ("nclcc/d",)})
        changes = decide_escalation(AlertState("open", RAISED), LIFE_RISK, RAISED, facts)
        assert told(changes) == ["nclcc/d"]

    def test_an_unmanned_fallback_alarms_and_is_tried_again_until_manned(self) -> None:
        first = decide_escalation(AlertState("open", RAISED), LIFE_RISK, RAISED, Facts({}))
        assert first[-2:] == [ReachedNobody(3, (DUTY_DESK,), fallback=True), Moved(3, after(1), True)]
        alert = standing(3, 1)
        assert decide_escalation(alert, LIFE_RISK, after(2), Facts({}))[-1] == Moved(3, after(3), True)
        manned = decide_escalation(alert, LIFE_RISK, after(2), FACTS)
        assert manned == [Tell("nclcc/d", DUTY_DESK, 3), Moved(3, None, True)]


class TestDefaults:
    def test_the_starting_delays_are_times_since_the_alert_was_raised(self) -> None:
        assert default_delays("life_risk") == (minutes(5), minutes(5), minutes(5))
        assert default_delays("urgent") == (minutes(15), minutes(15), minutes(30))

    def test_routine_waits_for_the_next_shifts(self) -> None:
        policy, shifts = default_policy("routine", "kent/safeguarding"), (after(300), after(1020))
        facts = Facts(REACHABLE, shifts)
        assert moved(decide_escalation(AlertState("open", RAISED), policy, RAISED, facts)) == Moved(
            0, after(300), False
        )
        second = decide_escalation(standing(0, 300, "kent/a"), policy, after(300), facts)
        assert moved(second) == Moved(1, after(1020), False)

    def test_routine_without_a_rota_waits_a_day(self) -> None:
        policy = default_policy("routine", "kent/safeguarding")
        assert moved(decide_escalation(AlertState("open", RAISED), policy, RAISED, FACTS)) == Moved(
            0, after(24 * 60), False
        )

    @pytest.mark.parametrize("delay", [timedelta(), minutes(-1), NextShift(timedelta())])
    def test_a_step_without_a_delay_is_refused(self, delay: timedelta | NextShift) -> None:
        with pytest.raises(ValueError, match="delay"):
            Step(delay, (ON_CALL,))

    def test_a_policy_without_steps_is_refused(self) -> None:
        with pytest.raises(ValueError, match="steps"):
            Policy(())


class TestSealed:
    def test_climbs_named_list_then_officer_then_the_sealed_desk(self) -> None:
        policy = sealed_policy("life_risk", ["kent/n", "kent/m"], "metropolitan/o")
        alert, seen = AlertState("open", RAISED, sealed=True), list[list[str]]()
        for at in (0, 5, 10):
            changes = decide_escalation(alert, policy, after(at), FACTS)
            seen.append(told(changes))
            alert = applied(alert, changes)
        assert seen == [["kent/n", "kent/m"], ["metropolitan/o"], ["nclcc/s"]]

    @pytest.mark.parametrize("urgency", ["life_risk", "urgent", "routine"])
    def test_a_policy_for_everyone_reaches_the_sealed_desk_alone(self, urgency: Urgency) -> None:
        policy = default_policy(urgency, "kent/safeguarding")
        changes = decide_escalation(AlertState("open", RAISED, sealed=True), policy, after(600), FACTS)
        assert told(changes) == ["nclcc/s"]

    def test_an_unmanned_sealed_desk_never_falls_to_the_general_one(self) -> None:
        facts = Facts({DUTY_DESK: ("nclcc/d",)})
        policy = sealed_policy("urgent", ["kent/n"], "metropolitan/o")
        changes = decide_escalation(AlertState("open", RAISED, sealed=True), policy, RAISED, facts)
        assert told(changes) == []
        assert ReachedNobody(2, (SEALED_DESK,), fallback=True) in changes


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 40), max_size=8).map(sorted), st.floats(40, 60))
def test_when_it_is_looked_at_changes_neither_the_end_nor_who_knows(ticks: list[float], end: float) -> None:
    alert = AlertState("open", RAISED)
    for at in [*ticks, end]:
        changes = decide_escalation(alert, LIFE_RISK, after(at), FACTS)
        assert len(told(changes)) == len(set(told(changes)))
        alert = applied(alert, changes)
    assert (alert.position, alert.deadline) == (3, None)
    assert alert.told == {"kent/a", "kent/b", "nclcc/d"}
