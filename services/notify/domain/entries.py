"""Who gets which inbox entry for a change of a task, of an action, or for a receipt."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.notify.domain.tasks import TaskEvent
from shared.contracts.protect import PREFIX, TaskChange, TaskStatus
from shared.disclosure import Guarded, Viewer, audience_of, project

_ENDED = (TaskChange.WITHDRAWN, TaskChange.STOOD_DOWN, TaskChange.RETRACTED)
_POINTER: Final = ("task", "version", "change", "status")


@dataclass(frozen=True, slots=True)
class Entry:
    """One inbox entry before it has its sequence."""

    organisation: str
    type: str
    record: str
    version: int
    data: Mapping[str, Any]


def decide_entries(event: TaskEvent, had: Collection[str]) -> list[Entry]:
    """The entries of one change; `had` are the organisations that received the task before. Sealed: none, ever.

    The recipient and the acting force get their own projections. Whoever had it and is neither any more (it went
    on to another recipient) hears that it was withdrawn, and of a retraction, but never who has it now.
    """
    if event.copy.sealed:
        return []
    guarded = Guarded(acting=event.copy.acting, recipients=frozenset({event.copy.organisation}))
    told = dict.fromkeys((event.copy.organisation, event.copy.acting))
    entries = [entry for code in told if (entry := _projected(event, code, guarded)) is not None]
    others = {event.previous} if event.change is TaskChange.REROUTED else set()
    if event.change in _ENDED:
        others |= set(had)
    return entries + [_withdrawn(event, code) for code in sorted(c for c in others if c and c not in told)]


def decide_national(event: TaskEvent) -> Mapping[str, Any] | None:
    """The task as the national stream may have it; None where that may not know of it."""
    guarded = Guarded(acting=event.copy.acting, sealed=event.copy.sealed)
    return project("protect_task", audience_of(Viewer.national_stream(), guarded), _open(event))


def shown_type(event: TaskEvent) -> str:
    """The type that a change has outside."""
    return f"{PREFIX}{_open(event)['change']}.v1"


def decide_national_action(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A Pursue action as the national stream may have it; None for a sealed one."""
    details = data["details"]
    places = {place.get("district") for place in details.get("places", ())}
    districts = sorted(district for district in places if district)
    guarded = Guarded(acting=data["acting"], sealed=bool(data["sealed"]))
    record = {**data, "urgency": details["urgency"], "districts": districts}
    return project("pursue_action", audience_of(Viewer.national_stream(), guarded), record)


def _projected(event: TaskEvent, code: str, guarded: Guarded) -> Entry | None:
    shown = project("protect_task", audience_of(Viewer.inbox(code), guarded), _open(event))
    if shown is None:
        return None
    return Entry(code, shown_type(event), str(event.copy.task), event.copy.version, shown)


def _open(event: TaskEvent) -> Mapping[str, Any]:
    """What was released looks as if it had just been raised: an inbox never tells that something was hidden."""
    if event.change is not TaskChange.RELEASED:
        return event.data
    return {**event.data, "change": TaskChange.RAISED.value}


def _withdrawn(event: TaskEvent, code: str) -> Entry:
    change = event.change if event.change is TaskChange.RETRACTED else TaskChange.WITHDRAWN
    data = {**event.data, "change": change.value, "status": TaskStatus.WITHDRAWN.value}
    pointer = {name: data[name] for name in _POINTER}
    return Entry(code, change.type, str(event.copy.task), event.copy.version, pointer)
