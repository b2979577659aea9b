"""What a step still lacks, read from what the topics said."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from nclcc.demo.publishing import Mark, unmet
from nclcc.demo.seen import Seen
from nclcc.scenario import Action, Change, Publish, Stream, Task, Verdicts
from shared.contracts.alerts import ALERT_CHANGED
from shared.contracts.protect import TaskChange
from shared.contracts.pursue import CHANGED
from shared.contracts.receipts import Verdict

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
ACTION = Action("metropolitan", UUID(int=1))
KENT = Task("kent", "safeguarding", "receiving-force")
MARK = Mark(NOW, 0, 0)


def _step(**more: Any) -> Publish:
    return Publish(
        says="acts",
        organisation="metropolitan",
        stream=Stream.PURSUE,
        body=b"{}",
        event_id="e1",
        receipt=Verdicts(Verdict.ACCEPTED),
        action=ACTION,
        **more,
    )


def _event(type_: str, id_: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"source": "urn:nclcc:service:x", "id": id_, "type": type_, "data": data}


def _action(version: int = 1) -> dict[str, Any]:
    known = {"acting": "metropolitan", "action_id": str(ACTION.action_id), "pursue_action": "pa", "version": version}
    return _event(CHANGED, f"action-{version}", known)


def _task(change: TaskChange = TaskChange.RAISED) -> dict[str, Any]:
    recipient = {"organisation": "kent", "desk": "safeguarding"}
    data = {"task": "t1", "pursue_action": "pa", "rule": KENT.rule, "recipient": recipient, "change": change.value}
    return _event(change.type, f"task-{change}", data)


def _alert(version: int, *, raised: datetime = NOW, handed: datetime | None = None, **more: Any) -> dict[str, Any]:
    data = {
        "alert": "a1",
        "reference": "NC-0000-0000",
        "organisation": "kent",
        "desk": "safeguarding",
        "status": "open",
        "version": version,
        "tasks": ["t1"],
        "raised_at": raised.isoformat(),
        "handed_over_at": handed.isoformat() if handed else None,
        **more,
    }
    return _event(ALERT_CHANGED, f"alert-{version}", data)


def _seen(*events: dict[str, Any]) -> Seen:
    seen = Seen()
    for event in events:
        seen.take(event)
    return seen


def test_a_task_is_met_once_its_alert_is_handed_over() -> None:
    step, handed = _step(raised=(KENT,)), NOW + timedelta(milliseconds=20)
    assert unmet(step, _seen(), MARK) == ["raised kent/safeguarding (receiving-force)"]
    assert unmet(step, _seen(_action(), _task(), _alert(1)), MARK) == [
        "an alert about kent/safeguarding (receiving-force) handed over"
    ]
    assert unmet(step, _seen(_action(), _task(), _alert(1), _alert(2, handed=handed)), MARK) == []


def test_an_older_version_of_an_alert_does_not_undo_a_newer_one() -> None:
    seen = _seen(_action(), _task(), _alert(2, handed=NOW), _alert(1))
    assert unmet(_step(raised=(KENT,)), seen, MARK) == []


def test_what_was_seen_before_the_step_does_not_count() -> None:
    seen = _seen(_action(), _task(), _alert(1, handed=NOW))
    assert unmet(_step(raised=(KENT,)), seen, Mark(NOW, seen.count, 0)) != []


def test_an_alert_from_before_the_step_does_not_tell_of_it() -> None:
    seen = _seen(_action(), _alert(1, raised=NOW - timedelta(seconds=1), handed=NOW), _task(TaskChange.RETRACTED))
    step = _step(changed=(Change(KENT, TaskChange.RETRACTED),))
    assert unmet(step, seen, MARK) == ["an alert about kent/safeguarding (receiving-force) handed over"]


def test_a_change_that_alerts_nobody_is_met_by_its_event() -> None:
    step = _step(changed=(Change(KENT, TaskChange.WITHDRAWN),))
    assert unmet(step, _seen(_action(), _task(TaskChange.WITHDRAWN)), MARK) == []


def test_a_notice_is_an_alert_without_tasks() -> None:
    step = _step(alerted=("nclcc/duty",))
    assert unmet(step, _seen(), MARK) == ["an alert to nclcc/duty"]
    notice = _alert(1, handed=NOW, organisation="nclcc", desk="duty", tasks=[])
    assert unmet(step, _seen(notice), MARK) == []


def test_a_repeated_event_counts_once() -> None:
    seen = _seen(_action(), _task(), _task())
    assert len(list(seen.events(ACTION))) == 1
