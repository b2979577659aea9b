"""Records what was decided: rows, events and the audit log, in the transaction of the cause."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.safeguarding.domain.task import Change, event_data
from services.safeguarding.repository import save_tasks
from shared.audit import Action, Entry, Way, record
from shared.bus.work import Work
from shared.contracts.envelope import Envelope, service_source
from shared.contracts.model import Urgency
from shared.contracts.protect import TaskChange
from shared.contracts.topics import PROTECT_EVENTS, PROTECT_SEALED, PROTECT_URGENT
from shared.kernel.ids import derive

SERVICE: Final = "safeguarding"


@dataclass(frozen=True, slots=True)
class Cause:
    """What brought a change about: the event's id, and for the audit log who, for whom, and how."""

    event_id: str
    actor: str
    organisation: str
    way: Way


def record_changes(work: Work, id_key: bytes, changes: Iterable[Change], cause: Cause) -> None:
    """Keep each task, tell of it unless nobody is to hear, and log it."""
    listed = list(changes)
    save_tasks(work, [change.task for change in listed])
    record(work, *(_entry(change, cause) for change in listed))
    for change in listed:
        if change.change is not None:
            event = _event(work, id_key, change, change.change, cause)
            work.publish(topic_of(change), event, str(change.task.pursue_action))


def topic_of(change: Change) -> str:
    """Sealed pointers stay among services; a risk to life and a retraction overtake what is routine."""
    task = change.task
    if task.sealed:
        return PROTECT_SEALED
    if change.change is TaskChange.RETRACTED:
        return PROTECT_URGENT
    return PROTECT_URGENT if task.urgency == Urgency.LIFE_RISK and not task.backfill else PROTECT_EVENTS


def _event(work: Work, id_key: bytes, change: Change, kind: TaskChange, cause: Cause) -> Envelope:
    task = change.task
    return Envelope(
        id=str(derive(id_key, "protect-event", str(task.task), str(task.version))),
        source=service_source(SERVICE),
        type=kind.type,
        time=work.now,
        data=event_data(change),
        subject=str(task.task),
        partitionkey=str(task.pursue_action),
        correlationid=str(task.pursue_action),
        causationid=cause.event_id,
        aggregateversion=task.version,
    )


def _entry(change: Change, cause: Cause) -> Entry:
    task = change.task
    return Entry(
        action=Action.ALTERATION,
        record_kind="protect_task",
        record_id=str(task.task),
        actor=cause.actor,
        organisation=cause.organisation,
        way=cause.way,
        detail={"version": task.version, "change": change.change.value if change.change else "kept"},
    )
