"""What the services' topics have said so far, indexed for the questions that a demonstration asks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nclcc.scenario import Action, Change, Task
from shared.contracts.alerts import ALERT_CHANGED, AlertStatus
from shared.contracts.protect import TASK_EVENTS, TaskChange
from shared.contracts.pursue import CHANGED
from shared.contracts.receipts import RECEIPT

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """One event of a task; `number` counts them in the order in which they were seen."""

    number: int
    data: Data

    @property
    def id(self) -> str:
        return str(self.data["task"])

    @property
    def task(self) -> Task:
        recipient = self.data["recipient"]
        return Task(recipient["organisation"], recipient["desk"], self.data["rule"])

    @property
    def change(self) -> TaskChange:
        return TaskChange(self.data["change"])


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it stands; times are aware."""

    data: Data

    @property
    def desk(self) -> str:
        return f"{self.data['organisation']}/{self.data['desk']}"

    @property
    def reference(self) -> str:
        return str(self.data["reference"])

    @property
    def status(self) -> AlertStatus:
        return AlertStatus(self.data["status"])

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(self.data["tasks"])

    @property
    def raised_at(self) -> datetime:
        return datetime.fromisoformat(self.data["raised_at"])

    @property
    def handed_over_at(self) -> datetime | None:
        moment = self.data.get("handed_over_at")
        return datetime.fromisoformat(moment) if moment else None


@dataclass(frozen=True, slots=True)
class HandOver:
    """A line of the log channel. `to` is the contact's address, which begins with organisation and desk."""

    reference: str
    link: str | None
    to: str
    at: datetime

    @property
    def desk(self) -> str:
        return self.to.partition(" ")[0]


@dataclass(slots=True)
class Seen:
    """Grows as events come in; older versions of an action or an alert never replace newer ones."""

    count: int = 0
    actions: dict[tuple[str, str], Data] = field(default_factory=dict)
    tasks: dict[str, list[TaskEvent]] = field(default_factory=lambda: defaultdict(list))
    """By the centre's id of the action."""
    alerts: dict[str, Alert] = field(default_factory=dict)
    verdicts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    alerts_of_task: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    climbed: set[str] = field(default_factory=set)
    hand_overs: list[HandOver] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    _ids: set[tuple[str, str]] = field(default_factory=set)

    def take(self, event: Data) -> None:
        """Take one event in, whatever its type; a repeated (`source`, `id`) is dropped."""
        key = (event["source"], event["id"])
        if key in self._ids:
            return
        self._ids.add(key)
        self.count += 1
        if event["type"] in TASK_EVENTS:
            self.tasks[event["data"]["pursue_action"]].append(TaskEvent(self.count, event["data"]))
        elif event["type"] == ALERT_CHANGED:
            self._alert(event["data"])
        elif event["type"] == CHANGED:
            self._action(event["data"])
        elif event["type"] == RECEIPT:
            self.verdicts[event["data"]["verdict"]] += 1

    def events(self, action: Action, since: int = 0) -> Iterator[TaskEvent]:
        """The task events of an action after a count that was taken before."""
        known = self.actions.get(_key(action))
        if known is not None:
            yield from (event for event in self.tasks[known["pursue_action"]] if event.number > since)

    def raised(self, action: Action, since: int = 0) -> dict[Task, TaskEvent]:
        """The tasks of an action that were raised, by rule and first recipient."""
        return {event.task: event for event in self.events(action, since) if event.change is TaskChange.RAISED}

    def changes(self, action: Action, since: int) -> dict[Change, TaskEvent]:
        """The other events of its tasks."""
        return {Change(event.task, event.change): event for event in self.events(action, since)}

    def task_id(self, action: Action, task: Task) -> str | None:
        """The centre's id of a task."""
        return next((event.id for event in self.events(action) if event.task == task), None)

    def alerts_for(self, task_id: str) -> list[Alert]:
        """The alerts that a task is part of, the oldest first."""
        found = (self.alerts[one] for one in self.alerts_of_task[task_id])
        return sorted(found, key=lambda alert: alert.raised_at)

    def told(self, task: TaskEvent, not_before: datetime) -> datetime | None:
        """When an alert about this task, raised after a moment, was handed over to its recipient's channel.

        A sealed alert is on no topic at all: there the channel's own line to a contact of that desk must do.
        """
        desk = f"{task.task.organisation}/{task.task.desk}"
        if task.data.get("sealed"):
            return next((one.at for one in self.hand_overs if one.desk == desk and one.at >= not_before), None)
        for alert in self.alerts_for(task.id):
            if alert.raised_at >= not_before and alert.desk == desk and alert.handed_over_at:
                return alert.handed_over_at
        return None

    def handed_over(self, reference: str) -> list[HandOver]:
        """Every hand-over of an alert, in order."""
        return [one for one in self.hand_overs if one.reference == reference]

    def _action(self, data: Data) -> None:
        key = (data["acting"], data["action_id"])
        known = self.actions.get(key)
        if known is None or known["version"] < data["version"]:
            self.actions[key] = data

    def _alert(self, data: Data) -> None:
        known = self.alerts.get(data["alert"])
        for task in data["tasks"]:
            self.alerts_of_task[task].add(data["alert"])
        if data["status"] == AlertStatus.FALLBACK:
            self.climbed.add(data["alert"])
        if data.get("acknowledged_at"):
            self.acknowledged.add(data["alert"])
        if known is None or known.data["version"] < data["version"]:
            self.alerts[data["alert"]] = Alert(data)


def _key(action: Action) -> tuple[str, str]:
    return action.acting, str(action.action_id)
