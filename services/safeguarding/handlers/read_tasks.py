"""Reading tasks: one visibility function for each row, list and count, and every reading in the audit log."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.safeguarding.domain.action import Action
from services.safeguarding.domain.task import Task
from services.safeguarding.domain.wanted import Knowledge, content_of
from services.safeguarding.handlers.follow_contacts import standing
from services.safeguarding.repository import Seeing, count_tasks, list_actions, list_tasks
from shared.audit import Action as Operation
from shared.audit import Entry, Way, record
from shared.bus.work import Work
from shared.contracts.protect import TaskStatus
from shared.disclosure import Audience, Guarded, Viewer, audience_of, can_see, project
from shared.disclosure.audience import CENTRE, SEALED_DESK
from shared.kernel.ids import derive


async def read_tasks(
    known: Knowledge, work: Work, viewer: Viewer, subject: str, **filters: Any
) -> list[dict[str, Any]]:
    """The tasks that the viewer may see, each as they may see it."""
    viewer = await standing(work, viewer)
    tasks = await list_tasks(work, seeing_of(viewer), **filters)
    return await _shown(known, work, viewer, subject, tasks)


async def read_protection(
    known: Knowledge, work: Work, viewer: Viewer, subject: str, pursue_action: UUID
) -> dict[str, Any] | None:
    """Whom an action concerned and what became of it, by the centre's id or the caller's own; None: nothing to see."""
    viewer = await standing(work, viewer)
    own = derive(known.id_key, "pursue-action", viewer.organisation, str(pursue_action))
    action = next(iter(await list_actions(work, [pursue_action, own])), None)
    if action is None:
        return None
    tasks = await list_tasks(work, seeing_of(viewer), pursue_action=action.id, limit=500)
    shown = await _shown(known, work, viewer, subject, tasks)
    if not shown and not can_see(viewer, Guarded(acting=action.acting, sealed=action.sealed)):
        return None
    _log(work, viewer, subject, [("pursue_action", str(action.id))])
    return {"pursue_action": str(action.id), "tasks": shown}


async def read_counts(work: Work, viewer: Viewer, subject: str) -> dict[str, Any]:
    """How many of the tasks that the viewer may see stand where."""
    viewer = await standing(work, viewer)
    by_status: dict[str, int] = {}
    overdue = 0
    for row in await count_tasks(work, seeing_of(viewer)):
        guarded = Guarded(row["acting"], frozenset({row["organisation"]}), row["sealed"], frozenset(row["named"]))
        if can_see(viewer, guarded):
            by_status[row["status"]] = by_status.get(row["status"], 0) + row["count"]
            overdue += row["count"] if row["overdue"] else 0
    _log(work, viewer, subject, [("protect_task", "counts")])
    return {"by_status": by_status, "overdue": overdue, "total": sum(by_status.values())}


def seeing_of(viewer: Viewer) -> Seeing:
    """The wider net that a query casts; what it brings up passes the visibility function before it is shown."""
    central = viewer.organisation == CENTRE
    return Seeing(
        organisation=viewer.organisation,
        everything=viewer.national or (viewer.centre and central),
        named=viewer.ref if viewer.told else None,
        sealed_desk=central and viewer.contact is not None and SEALED_DESK in viewer.desks,
    )


async def _shown(
    known: Knowledge, work: Work, viewer: Viewer, subject: str, tasks: Sequence[Task]
) -> list[dict[str, Any]]:
    sealed = {task.pursue_action for task in tasks if audience_of(viewer, task.guarded) is Audience.NAMED}
    actions = {action.id: action for action in await list_actions(work, list(sealed))}
    views = [
        project(
            "protect_task", audience_of(viewer, task.guarded), view_of(task, actions.get(task.pursue_action), known)
        )
        for task in tasks
    ]
    shown = [view for view in views if view is not None]
    _log(work, viewer, subject, [("protect_task", one["task"]) for one in shown])
    return shown


def view_of(task: Task, action: Action | None, known: Knowledge) -> Mapping[str, Any]:
    """A task as a record for projection. A sealed one's content is built here, from the action as it stands."""
    minimum, missing = task.minimum, task.missing
    rule = known.playbook.find(task.playbook)
    if task.sealed and task.status is not TaskStatus.WITHDRAWN and action is not None and rule is not None:
        minimum, missing = content_of(action, rule, task.desk, task.people, task.places, task.context)
    return {
        "task": str(task.task),
        "pursue_action": str(task.pursue_action),
        "acting": task.acting,
        "version": task.version,
        "status": task.status.value,
        "rule": task.rule,
        "title": task.title,
        "playbook": task.playbook,
        "recipient": {"organisation": task.organisation, "desk": task.desk},
        "urgency": task.urgency,
        "raised_at": task.raised_at.isoformat(),
        "due_at": task.due_at.isoformat(),
        "legal_basis": task.legal_basis,
        "minimum": minimum,
        "missing": missing,
        "answered_by": task.answered_by,
        "answered_for": task.answered_for,
        "reason": task.reason,
    }


def _log(work: Work, viewer: Viewer, subject: str, records: Iterable[tuple[str, str]]) -> None:
    entries = [
        Entry(
            action=Operation.CONSULTATION,
            record_kind=kind,
            record_id=id,
            actor=subject,
            organisation=viewer.organisation,
            way=Way.API,
        )
        for kind, id in records
    ]
    record(work, *entries)
