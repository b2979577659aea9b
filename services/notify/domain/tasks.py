"""Which alert a task needs, after each of its changes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notify.domain.states import TaskCopy
from shared.contracts.protect import TaskChange, TaskStatus

_ANSWERED = (TaskStatus.ACCEPTED, TaskStatus.DONE)


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """One change of a task as it was read. `at` is when safeguarding said it."""

    copy: TaskCopy
    change: TaskChange
    together: UUID
    at: datetime
    data: Mapping[str, Any]
    backfill: bool
    named: tuple[str, ...]
    officer: str | None
    previous: str | None

    @property
    def recipient(self) -> str:
        return f"{self.copy.organisation}/{self.copy.desk}"


def read_event(data: Mapping[str, Any], at: datetime) -> TaskEvent:
    """A task event's data. The contract was checked where it was written; KeyError where it was not."""
    recipient, sealed = data["recipient"], bool(data.get("sealed"))
    copy = TaskCopy(
        task=UUID(data["task"]),
        version=data["version"],
        pursue_action=UUID(data["pursue_action"]),
        acting=data["acting"],
        organisation=recipient["organisation"],
        desk=recipient["desk"],
        status=data["status"],
        urgency=data["urgency"],
        title="" if sealed else data["title"],
        raised_at=datetime.fromisoformat(data["raised_at"]),
        due_at=datetime.fromisoformat(data["due_at"]),
        sealed=sealed,
        together=UUID(data["together"]),
        answered_by=data.get("answered_by"),
    )
    named, officer = _named(data, copy)
    previous = data.get("previous_recipient")
    return TaskEvent(
        copy=copy,
        change=TaskChange(data["change"]),
        together=UUID(data["together"]),
        at=at,
        data=data,
        backfill=bool(data.get("backfill")),
        named=named,
        officer=officer,
        previous=previous["organisation"] if previous else None,
    )


def decide_copy(event: TaskEvent, known: TaskCopy | None) -> TaskCopy:
    """The task after this event, still with the alert that it had.

    What is raised once more (it was done or withdrawn, and now reaches further) was seen by nobody as it is now.
    """
    anew = event.change in (TaskChange.RAISED, TaskChange.REROUTED, TaskChange.RELEASED)
    answered = event.change is TaskChange.SEEN or event.copy.status in _ANSWERED
    if known is None:
        return replace(event.copy, answered=answered)
    if event.change is TaskChange.CHANGED:
        # another `together` alerts anew: it became more urgent or reaches further than what was answered
        answered = known.answered and event.together == known.together
    elif not anew:
        answered = known.answered or answered
    return replace(event.copy, answered=answered, alert=known.alert, alerts=list(known.alerts))


def decide_alert_key(event: TaskEvent, copy: TaskCopy) -> tuple[str, ...] | None:
    """The parts of the id of the alert that must exist for this task; None if nobody need be told.

    Tasks that arose together for one recipient make one alert. A risk to life has its own, and so has what was
    sealed and is released: the first was for the named alone.
    """
    if copy.status not in (TaskStatus.RAISED, TaskStatus.ACCEPTED) or copy.answered:
        return None
    own = str(copy.task) if copy.urgency == "life_risk" else ""
    return ("alert", str(event.together), event.recipient, "sealed" if copy.sealed else "open", own)


def decide_late(event: TaskEvent, now: datetime, late_after: timedelta) -> bool:
    """Whether it comes too late to wake the recipient: after a long outage, or because it is a replay.

    A task that was handed on is as young as its handing on, however old the task.
    """
    began = min(event.copy.raised_at, event.at) if event.change is TaskChange.RAISED else event.at
    return now - began > late_after


def _named(data: Mapping[str, Any], copy: TaskCopy) -> tuple[tuple[str, ...], str | None]:
    """The contacts of a sealed task as refs (`organisation/contact`), and the acting force's named officer."""
    if not copy.sealed:
        return (), None
    acting_contact = data.get("acting_contact")
    officer = _ref(acting_contact, copy.acting) if acting_contact else None
    refs = [_ref(one, copy.acting if one == acting_contact else copy.organisation) for one in data.get("named", ())]
    return tuple(ref for ref in dict.fromkeys(refs) if ref != officer), officer


def _ref(contact: str, organisation: str) -> str:
    return contact if "/" in contact else f"{organisation}/{contact}"
