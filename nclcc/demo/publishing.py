"""A scene in which an organisation publishes: the receipt, the tasks and the alerts that must come of it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nclcc.demo.failure import StepFailed
from nclcc.demo.force import Inbox
from nclcc.demo.screen import Kind
from nclcc.demo.seen import Seen, TaskEvent
from nclcc.demo.stage import PATIENCE, SETTLING, Stage, milliseconds
from nclcc.scenario import Change, Publish, Verdicts
from shared.contracts.protect import TaskChange

_ALERTING: Final = frozenset(
    {TaskChange.RAISED, TaskChange.RELEASED, TaskChange.REROUTED, TaskChange.RETRACTED, TaskChange.STOOD_DOWN}
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where everything stood before the step: what came later came of it."""

    at: datetime
    events: int
    entries: int


async def publish(stage: Stage, step: Publish) -> None:
    """Send it, wait for all that must come of it, show it; raises StepFailed."""
    force = stage.forces[step.organisation]
    events, entries = stage.watcher.seen.count, len(force.inbox.entries)
    stage.timeline.say(Kind.STEP, step.organisation, step.says)
    key = str(step.action.action_id) if step.action else step.organisation
    sent = await force.publish(step.topic, step.body, key)
    stage.submissions += 1
    mark = Mark(sent.at, events, entries)
    await _receipt(stage, step, force.inbox, mark)
    seen = stage.watcher.seen
    await stage.wait_for(_name(step), lambda: unmet(step, seen, mark), lambda: _came(step, seen, mark), PATIENCE)
    if step.quiet or not (step.raised or step.changed):
        await asyncio.sleep(SETTLING)
    _nothing_else(step, seen, mark)
    _show_told(stage, step, mark)


async def _receipt(stage: Stage, step: Publish, inbox: Inbox, mark: Mark) -> None:
    wanted = ((step.event_id, step.receipt), *step.later_receipts)

    def missing() -> list[str]:
        return [
            f"receipt {_words(verdicts)}" for event_id, verdicts in wanted if not _has(inbox, event_id, verdicts, mark)
        ]

    def came() -> str:
        found = [data for event_id, _ in wanted for data in inbox.receipts(event_id, mark.entries)]
        return "; ".join(_found(data) for data in found) or "no receipt"

    await stage.wait_for(_name(step), missing, came, PATIENCE)
    for _, verdicts in wanted:
        stage.timeline.say(Kind.RECEIPT, step.organisation, _words(verdicts), milliseconds(mark.at))


def _has(inbox: Inbox, event_id: str | None, verdicts: Verdicts, mark: Mark) -> bool:
    return any(
        data["verdict"] == verdicts.verdict
        and bool(data.get("repeat")) == verdicts.repeat
        and set(verdicts.errors) == {(error["field"], error["rule"]) for error in data.get("errors", ())}
        for data in inbox.receipts(event_id, mark.entries)
    )


def unmet(step: Publish, seen: Seen, mark: Mark) -> list[str]:
    """What the step's tasks, changes and alerts still lack, in words."""
    missing = [f"an alert to {desk}" for desk in step.alerted if not _alerted(seen, desk, mark)]
    if step.action is None:
        return missing
    found = seen.changes(step.action, mark.events)
    for change in _wanted(step):
        event = found.get(change)
        if event is None:
            missing.append(f"{change.change} {change.task}")
        elif change.change in _ALERTING and seen.told(event, mark.at) is None:
            missing.append(f"an alert about {change.task} handed over")
    return missing


def _wanted(step: Publish) -> list[Change]:
    return [*(Change(task, TaskChange.RAISED) for task in step.raised), *step.changed]


def _alerted(seen: Seen, desk: str, mark: Mark) -> bool:
    return any(
        alert.desk == desk and not alert.tasks and alert.handed_over_at and alert.raised_at >= mark.at
        for alert in seen.alerts.values()
    )


def _nothing_else(step: Publish, seen: Seen, mark: Mark) -> None:
    if step.action is None:
        return
    surplus = set(seen.raised(step.action, mark.events)) - set(step.raised)
    if surplus:
        raise StepFailed(_name(step), "no other task", ", ".join(str(task) for task in sorted(surplus)))
    heard = {event.task.organisation for event in seen.events(step.action)} & set(step.quiet)
    if heard:
        raise StepFailed(
            _name(step), f"silence towards {', '.join(step.quiet)}", f"heard by {', '.join(sorted(heard))}"
        )


def _show_told(stage: Stage, step: Publish, mark: Mark) -> None:
    seen = stage.watcher.seen
    if step.action is not None:
        found = seen.changes(step.action, mark.events)
        by_desk: dict[str, list[TaskEvent]] = defaultdict(list)
        for change in _wanted(step):
            by_desk[f"{change.task.organisation}/{change.task.desk}"].append(found[change])
        for desk, events in by_desk.items():
            text = _about(events) + _instead(seen, desk, events)
            stage.timeline.say(Kind.TOLD, desk, text, _last_told(seen, events, mark))
    for desk in step.alerted:
        stage.timeline.say(Kind.TOLD, desk, "alerted by a notice that names ids only")
    if step.quiet:
        stage.timeline.say(Kind.CHECK, ", ".join(step.quiet), "heard nothing")


def _about(events: Iterable[TaskEvent]) -> str:
    words = []
    for event in events:
        sealed = ", sealed: named contacts only" if event.data.get("sealed") else ""
        words.append(f"{event.change}: {event.task.rule}{sealed}")
    return "; ".join(words)


def _instead(seen: Seen, desk: str, events: Iterable[TaskEvent]) -> str:
    """Who was told where the recipient has no contacts."""
    alerts = [alert for event in events for alert in seen.alerts_for(event.id) if alert.desk == desk]
    reached = {one.desk for alert in alerts for one in seen.handed_over(alert.reference)}
    return "" if not reached or desk in reached else f" (no contacts of its own: {', '.join(sorted(reached))} is told)"


def _last_told(seen: Seen, events: Iterable[TaskEvent], mark: Mark) -> float | None:
    moments = [moment for event in events if (moment := seen.told(event, mark.at))]
    return milliseconds(mark.at, max(moments)) if moments else None


def _came(step: Publish, seen: Seen, mark: Mark) -> str:
    if step.action is None:
        return "nothing"
    events = [event for event in seen.events(step.action, mark.events)]
    words = [f"{event.change} {event.task}{_alert_words(seen, event, mark)}" for event in events]
    return "; ".join(words) or "no event of a task"


def _alert_words(seen: Seen, event: TaskEvent, mark: Mark) -> str:
    if event.change not in _ALERTING:
        return ""
    return "" if seen.told(event, mark.at) else " (no alert handed over)"


def _name(step: Publish) -> str:
    return f"{step.organisation} {step.says}"


def _words(verdicts: Verdicts) -> str:
    wrong = ", ".join(f"{field} ({rule})" for field, rule in verdicts.errors)
    again = ", the first one again" if verdicts.repeat else ""
    return f"{verdicts.verdict}{again}" + (f": {wrong}" if wrong else "")


def _found(data: object) -> str:
    assert isinstance(data, dict)
    wrong = ", ".join(f"{error['field']} ({error['rule']})" for error in data.get("errors", ()))
    return f"receipt {data['verdict']}" + (f": {wrong}" if wrong else "")
