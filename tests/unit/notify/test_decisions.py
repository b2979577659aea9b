"""Which alert a task needs, who gets which entry, what an answer means: by table."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.message import alert_reference
from services.notify.domain.answers import Counted, Refused, Said, decide_answer
from services.notify.domain.entries import decide_entries, decide_national, decide_national_action
from services.notify.domain.links import link_token, token_hash
from services.notify.domain.roster import policy_of
from services.notify.domain.states import ACKNOWLEDGED, FALLBACK, OPEN, OVER, Alert, Kind, TaskCopy, decide_status
from services.notify.domain.tasks import decide_alert_key, decide_copy, decide_late, read_event
from services.notify.escalation import DUTY_DESK, SEALED_DESK, Target
from shared.contracts.protect import TaskChange

NOW = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)
DAY = timedelta(hours=24)


def data(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "task": str(UUID(int=1)),
        "pursue_action": str(UUID(int=2)),
        "acting": "metropolitan",
        "version": 1,
        "change": "raised",
        "status": "raised",
        "rule": "receiving-force",
        "title": "Safeguard",
        "playbook": "2026-11",
        "recipient": {"organisation": "kent", "desk": "safeguarding"},
        "urgency": "urgent",
        "raised_at": NOW.isoformat(),
        "due_at": NOW.isoformat(),
        "together": str(UUID(int=3)),
        "minimum": {"people": []},
    }
    return plain | changes


def alert(**changes: Any) -> Alert:
    plain: dict[str, Any] = {
        "alert": UUID(int=4),
        "reference": alert_reference(UUID(int=4)),
        "kind": Kind.TASKS,
        "organisation": "kent",
        "desk": "safeguarding",
        "urgency": "urgent",
        "began_at": NOW,
        "raised_at": NOW,
    }
    return Alert(**(plain | changes))


def key(**changes: Any) -> tuple[str, ...] | None:
    event = read_event(data(**changes), NOW)
    return decide_alert_key(event, decide_copy(event, None))


class TestAlertKey:
    def test_what_arises_together_for_one_recipient_shares_it(self) -> None:
        assert key() == key(task=str(UUID(int=8)))
        assert key() != key(recipient={"organisation": "kent", "desk": "children"})
        assert key() != key(together=str(UUID(int=8)))
        assert key() != key(sealed=True)

    def test_each_risk_to_life_has_its_own(self) -> None:
        assert key(urgency="life_risk") != key(urgency="life_risk", task=str(UUID(int=8)))

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ("seen", "raised"),
            ("accepted", "accepted"),
            ("done", "done"),
            ("withdrawn", "withdrawn"),
            ("raised", "held"),
        ],
    )
    def test_nobody_need_be_told(self, change: str, status: str) -> None:
        assert key(change=change, status=status) is None

    def test_what_was_seen_stays_seen_until_it_is_handed_on(self) -> None:
        seen = decide_copy(read_event(data(change="seen", version=2), NOW), None)
        assert decide_copy(read_event(data(change="changed", version=3), NOW), seen).answered
        assert not decide_copy(read_event(data(change="rerouted", version=3), NOW), seen).answered

    @pytest.mark.parametrize("status", ["raised", "accepted"])
    def test_what_reaches_further_than_what_was_answered_is_told_anew(self, status: str) -> None:
        before = decide_copy(read_event(data(change="seen", status=status, version=2), NOW), None)
        further = read_event(data(change="changed", status=status, version=3, together=str(UUID(int=8))), NOW)
        copy = decide_copy(further, before)
        assert not copy.answered
        assert decide_alert_key(further, copy) is not None


class TestLate:
    @pytest.mark.parametrize(
        ("change", "raised", "said", "late"),
        [
            ("raised", timedelta(hours=23), timedelta(0), False),
            ("raised", timedelta(hours=25), timedelta(0), True),
            ("raised", timedelta(0), timedelta(hours=25), True),
            ("rerouted", timedelta(days=9), timedelta(hours=1), False),
            ("rerouted", timedelta(days=9), timedelta(hours=25), True),
        ],
    )
    def test_by_when_it_was_raised_or_handed_on(
        self, change: str, raised: timedelta, said: timedelta, late: bool
    ) -> None:
        event = read_event(data(change=change, raised_at=(NOW - raised).isoformat()), NOW - said)
        assert decide_late(event, NOW, DAY) is late


class TestEntries:
    def organisations(self, had: set[str] = frozenset(), **changes: Any) -> dict[str, str]:  # type: ignore[assignment]
        return {one.organisation: one.type for one in decide_entries(read_event(data(**changes), NOW), had)}

    def test_recipient_and_acting_force(self) -> None:
        raised = "uk.nclcc.protect-task.raised.v1"
        assert self.organisations() == {"kent": raised, "metropolitan": raised}

    def test_who_asked_itself_gets_one(self) -> None:
        asked = {"organisation": "metropolitan", "desk": "publisher"}
        assert list(self.organisations(recipient=asked)) == ["metropolitan"]

    def test_who_had_it_hears_of_a_retraction(self) -> None:
        told = self.organisations({"norfolk", "kent"}, change="retracted", status="withdrawn")
        assert set(told) == {"kent", "metropolitan", "norfolk"}
        assert set(told.values()) == {"uk.nclcc.protect-task.retracted.v1"}

    def test_a_pointer_tells_nothing_but_that_it_is_withdrawn(self) -> None:
        previous = {"organisation": "norfolk", "desk": "safeguarding"}
        event = read_event(data(change="rerouted", previous_recipient=previous), NOW)
        (pointer,) = [one for one in decide_entries(event, set()) if one.organisation == "norfolk"]
        assert set(pointer.data) == {"task", "version", "change", "status"}
        assert pointer.data["change"] == pointer.data["status"] == "withdrawn"

    @given(
        st.sampled_from(list(TaskChange)),
        st.sets(st.sampled_from(["kent", "metropolitan", "nclcc", "norfolk"])),
        st.sampled_from(["kent", "nclcc", "metropolitan"]),
    )
    def test_sealed_means_nobody_whatever_happens(self, change: TaskChange, had: set[str], to: str) -> None:
        recipient = {"organisation": to, "desk": "sealed"}
        event = read_event(
            data(change=change.value, sealed=True, recipient=recipient, previous_recipient=recipient), NOW
        )
        assert decide_entries(event, had) == []
        assert decide_national(event) is None
        assert event.copy.title == ""

    def test_a_sealed_action_is_on_no_stream(self) -> None:
        action = {"acting": "kent", "details": {"urgency": "urgent", "places": [{"district": "E07000106"}, {}]}}
        assert decide_national_action({**action, "sealed": True}) is None
        shown = decide_national_action({**action, "sealed": False, "action_id": "x"})
        assert shown == {"acting": "kent", "urgency": "urgent", "districts": ["E07000106"]}


class TestStatus:
    def copy(self, status: str = "raised", answered: bool = False) -> TaskCopy:
        plain = read_event(data(status=status), NOW).copy
        plain.answered = answered
        return plain

    @pytest.mark.parametrize(
        ("before", "tasks", "after"),
        [
            (OPEN, [("raised", False)], OPEN),
            (OPEN, [("raised", True), ("raised", False)], OPEN),
            (OPEN, [("raised", True), ("withdrawn", False)], ACKNOWLEDGED),
            (FALLBACK, [("accepted", True)], ACKNOWLEDGED),
            (ACKNOWLEDGED, [("raised", False)], ACKNOWLEDGED),
            (ACKNOWLEDGED, [("done", True)], OVER),
            (OPEN, [], OVER),
            (OVER, [("raised", False)], OVER),
        ],
    )
    def test_by_its_tasks(self, before: str, tasks: list[tuple[str, bool]], after: str) -> None:
        assert decide_status(alert(status=before), [self.copy(*one) for one in tasks]) == after


class TestAnswer:
    @pytest.mark.parametrize(
        ("given_before", "said", "counts"),
        [
            (None, Said.SEEN, True),
            (None, Said.ACCEPTED, True),
            ("seen", Said.SEEN, False),
            ("seen", Said.ACCEPTED, True),
            ("seen", Said.DECLINED, True),
            ("accepted", Said.SEEN, False),
            ("accepted", Said.DECLINED, False),
            ("declined", Said.ACCEPTED, False),
        ],
    )
    def test_the_first_stands(self, given_before: str | None, said: Said, counts: bool) -> None:
        state = alert(answer=given_before, acknowledged_by="Sgt Lanning" if given_before else None)
        decided = decide_answer(state, [], said, "not ours", "link")
        assert isinstance(decided, Counted) is counts
        if isinstance(decided, Refused):
            assert (decided.why, decided.by) == ("answered", "Sgt Lanning")

    @pytest.mark.parametrize(
        ("state", "said", "reason", "why"),
        [
            ({"status": OVER}, Said.SEEN, None, "over"),
            ({"kind": Kind.NOTICE}, Said.ACCEPTED, None, "only_seen"),
            ({"sealed": True}, Said.ACCEPTED, None, "sealed"),
            ({}, Said.DECLINED, "  ", "reason"),
            ({"organisation": "nclcc", "desk": "duty"}, Said.DECLINED, "not ours", "last"),
        ],
    )
    def test_refused(self, state: dict[str, Any], said: Said, reason: str | None, why: str) -> None:
        decided = decide_answer(alert(**state), [], said, reason, "link")
        assert isinstance(decided, Refused)
        assert decided.why == why

    @pytest.mark.parametrize("said", [Said.ACCEPTED, Said.DECLINED])
    def test_what_was_accepted_elsewhere_stands(self, said: Said) -> None:
        taken = read_event(data(change="accepted", status="accepted", answered_by="A"), NOW).copy
        assert decide_answer(alert(), [taken], said, "no", "link") == Refused("answered", "A", "accepted")
        open_ = read_event(data(task=str(UUID(int=8))), NOW).copy
        assert decide_answer(alert(), [taken, open_], said, "no", "link") == Counted(said)

    def test_what_was_seen_elsewhere_stands(self) -> None:
        state = alert(status=ACKNOWLEDGED, acknowledged_by="A")
        assert decide_answer(state, [], Said.SEEN, None, "api") == Refused("answered", "A", "seen")


class TestPolicy:
    def test_a_sealed_alert_meets_the_named_the_officer_and_the_sealed_desk(self) -> None:
        state = alert(sealed=True, named=["kent/n"], officer="metropolitan/o")
        policy = policy_of(state, {})
        assert [step.targets for step in policy.steps] == [
            (Target("contact", "kent/n"),),
            (Target("contact", "metropolitan/o"),),
        ]
        assert policy.fallback == SEALED_DESK
        assert policy_of(alert(sealed=True), {}).fallback == SEALED_DESK

    @pytest.mark.parametrize("kind", [Kind.RETRACTION, Kind.STAND_DOWN])
    def test_what_ends_goes_first_to_those_who_were_told(self, kind: Kind) -> None:
        policy = policy_of(alert(kind=kind, named=["kent/n"]), {})
        assert policy.steps[0].targets == (Target("contact", "kent/n"),)
        assert policy.fallback == DUTY_DESK


class TestLinks:
    def test_each_person_and_alert_has_another_and_the_same_again(self) -> None:
        one = link_token(b"k", UUID(int=1), "kent/a")
        assert one == link_token(b"k", UUID(int=1), "kent/a")
        others = {link_token(b"k", UUID(int=1), "kent/b"), link_token(b"k", UUID(int=2), "kent/a")}
        assert len({one, *others, link_token(b"j", UUID(int=1), "kent/a")}) == 4
        assert len(one) == 43
        assert one not in token_hash(one)
