"""Scenes in which people answer: on their own topic, by the link in the message, through the API, or not at all."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import orjson

from nclcc.demo.failure import StepFailed
from nclcc.demo.link_page import answer_form, page_state
from nclcc.demo.screen import Kind
from nclcc.demo.seen import Alert, Seen
from nclcc.demo.stage import PATIENCE, SETTLING, Stage, milliseconds
from nclcc.scenario import Action, Answer, Climb, Story, Stream, Task, Way
from shared.auth import Role
from shared.contracts.alerts import AlertStatus
from shared.contracts.protect import TaskChange

_CLIMBING = 15.0


async def answer(stage: Stage, step: Answer) -> None:
    """Answer, and wait until safeguarding says what came of it; raises StepFailed."""
    stage.timeline.say(Kind.STEP, step.organisation, step.says)
    seen = stage.watcher.seen
    events = seen.count
    at = await _WAYS[step.way](stage, step)
    stage.answers += 1

    def unmet() -> list[str]:
        found = seen.changes(step.action, events)
        return [f"{change.change} {change.task}" for change in step.changed if change not in found]

    def came() -> str:
        found = seen.changes(step.action, events)
        return ", ".join(f"{change.change} {change.task}" for change in found) or "no event of a task"

    await stage.wait_for(step.says, unmet, came, PATIENCE)
    stage.timeline.say(Kind.ANSWER, step.by, f"by {step.way}: {_outcome(step)}", milliseconds(at))


def _outcome(step: Answer) -> str:
    went_on = [change.task for change in step.changed if change.change is TaskChange.REROUTED]
    rules = ", ".join(change.task.rule for change in step.changed)
    return f"{step.kind} {rules}" + "".join(f", now with {task.organisation}/{task.desk}" for task in went_on)


async def _by_kafka(stage: Stage, step: Answer) -> datetime:
    """As the organisation's own system would: the id comes from its inbox, the answer goes on its own topic."""
    force = stage.forces[step.organisation]
    task = await stage.watcher.until(lambda: force.inbox.task_id(step.task), PATIENCE)
    if task is None:
        raise StepFailed(step.says, f"{step.task} in the inbox of {step.organisation}", "no such entry")
    data = {"task": task, "by": step.by, **({"reason": step.reason} if step.reason else {})}
    event = Story(datetime.now(UTC), task).event(step.organisation, step.kind.type, step.kind, data)
    sent = await force.publish(Stream.RESPONSES.topic(step.organisation), orjson.dumps(event), task)
    stage.submissions += 1
    return sent.at


async def _by_link(stage: Stage, step: Answer) -> datetime:
    link = await _link(stage, step)
    seen = stage.watcher.seen
    before, opened = seen.count, await stage.http.get(link)
    if opened.status_code != 200:
        raise StepFailed(step.says, "the page behind the link (200)", f"status {opened.status_code}")
    await asyncio.sleep(SETTLING)
    again = await stage.http.get(link)
    if page_state(again.text) != page_state(opened.text) or _answered(seen, step, before):
        raise StepFailed(step.says, "nothing changed by opening the link", "the page or the task changed")
    stage.timeline.say(Kind.CHECK, step.by, "opened the link: a page, and nothing has changed")
    at, answered = datetime.now(UTC), await stage.http.post(link, data=answer_form(step.kind, step.by, step.reason))
    if answered.status_code >= 400:
        raise StepFailed(step.says, "the answer taken", f"status {answered.status_code}")
    return at


async def _link(stage: Stage, step: Answer) -> str:
    """The link in the newest message to the task's desk: a sealed alert is on no topic, so the message must do."""
    desk = f"{step.task.organisation}/{step.task.desk}"
    seen = stage.watcher.seen
    references = {alert.reference for alert in _alerts(seen, step)}

    def found() -> str | None:
        told = [one for one in seen.hand_overs if one.desk == desk and one.link]
        about = [one for one in told if one.reference in references] or told
        return about[-1].link if about else None

    link = await stage.watcher.until(found, PATIENCE)
    if link is None:
        raise StepFailed(step.says, f"a message with a link to {desk}", "none")
    return link


def _alerts(seen: Seen, step: Answer) -> list[Alert]:
    task_id = seen.task_id(step.action, step.task)
    return seen.alerts_for(task_id) if task_id else []


async def _by_api(stage: Stage, step: Answer) -> datetime:
    task = stage.watcher.seen.task_id(step.action, step.task)
    roles = [Role.COORDINATOR, Role.READER]
    token = stage.token(step.organisation, roles, desks=[step.task.desk], name=step.by)
    body: dict[str, Any] = {"kind": step.kind.value}
    if step.reason:
        body["reason"] = step.reason
    at = datetime.now(UTC)
    said = await stage.ask("safeguarding", "POST", f"/v1/tasks/{task}/answers", token, json=body)
    if said.status_code >= 300:
        raise StepFailed(step.says, "the answer taken", f"status {said.status_code}")
    return at


_WAYS = {Way.KAFKA: _by_kafka, Way.LINK: _by_link, Way.API: _by_api}


async def climb(stage: Stage, step: Climb) -> None:
    """Wait until the alert that nobody answers stands at the fallback; raises StepFailed."""
    stage.timeline.say(Kind.STEP, step.task.organisation, step.says)
    alert = await _alert(stage, step.action, step.task, step.says)

    def at_fallback() -> list[str]:
        now = stage.watcher.seen.alerts[str(alert.data["alert"])]
        told = {one.desk for one in stage.watcher.seen.handed_over(now.reference)}
        return [] if now.status is AlertStatus.FALLBACK and "nclcc/duty" in told else ["the alert at its fallback"]

    await stage.wait_for(step.says, at_fallback, lambda: _told_words(stage, alert) or "nobody told", _CLIMBING)
    for one in stage.watcher.seen.handed_over(alert.reference):
        took = milliseconds(alert.raised_at, one.at)
        stage.timeline.say(Kind.CLIMB, one.to, f"told of {alert.reference}", took)


async def _alert(stage: Stage, action: Action, task: Task, says: str) -> Alert:
    """The newest alert about a task that was handed over."""
    seen = stage.watcher.seen

    def found() -> Alert | None:
        task_id = seen.task_id(action, task)
        alerts = seen.alerts_for(task_id) if task_id else []
        return next((alert for alert in reversed(alerts) if alert.handed_over_at), None)

    alert = await stage.watcher.until(found, PATIENCE)
    if alert is None:
        raise StepFailed(says, f"an alert about {task} handed over", "none")
    return alert


def _answered(seen: Seen, step: Answer, before: int) -> bool:
    found = seen.changes(step.action, before)
    return any(change in found for change in step.changed)


def _told_words(stage: Stage, alert: Alert) -> str:
    return ", ".join(one.to for one in stage.watcher.seen.handed_over(alert.reference))
