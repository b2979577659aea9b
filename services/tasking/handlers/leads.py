"""Joint actions in a batch: which leads its changes are told to, and how those move."""

from dataclasses import replace
from uuid import UUID

from services.tasking.domain import Action, PartReport, Step, decide_parts
from services.tasking.handlers.announce import announce
from services.tasking.handlers.batch import Batch, altered
from shared.audit import Way, record
from shared.contracts.pursue import Status


def leads_of(batch: Batch) -> set[UUID]:
    """The joint actions that this batch's changes are told to: those that an action was or now is a part of."""
    leads: set[UUID] = set()
    for id, course in batch.courses.items():
        before = batch.gathered.actions.get(id)
        states = ([before] if before else []) + [step.action for step in course.steps]
        leads |= {one.lead for one in states if one.lead and course.steps}
    return leads


def reports_of(batch: Batch) -> dict[UUID, dict[UUID, PartReport]]:
    """By lead: the parts as they stand after this batch."""
    reports = {lead: dict(parts) for lead, parts in batch.gathered.reports.items()}
    for id, course in batch.courses.items():
        action, before = course.action, batch.gathered.actions.get(id)
        if not course.steps or action is None:
            continue
        if before and before.lead:
            reports.get(before.lead, {}).pop(id, None)
        if action.lead:
            report = PartReport(id, action.acting, action.status, action.sealed)
            reports.setdefault(action.lead, {})[id] = report
    return reports


def moved_leads(batch: Batch, reports: dict[UUID, dict[UUID, PartReport]]) -> list[Action]:
    """The joint actions of which only a part changed: their version moves, and their readers are told."""
    moved = []
    for id in leads_of(batch):
        lead = batch.gathered.actions.get(id)
        if lead is None or lead.details is None or lead.status is Status.RETRACTED or _changed_itself(batch, id):
            continue
        parts = decide_parts(lead, reports.get(id, {}).values())
        if parts != lead.parts:
            cause = _last_step(batch, id)
            after = replace(lead, version=lead.version + 1, change=cause.heard.verb, changed=("parts",), parts=parts)
            announce(batch.work, batch.key, after)
            origin = batch.origins[cause.heard.acting, cause.heard.event_id]
            record(batch.work, altered(after, origin.by, Way(origin.way)))
            moved.append(after)
    return moved


def _changed_itself(batch: Batch, id: UUID) -> bool:
    return id in batch.courses and bool(batch.courses[id].steps)


def _last_step(batch: Batch, lead: UUID) -> Step:
    steps = [step for course in batch.courses.values() for step in course.steps if _tells(batch, step, lead)]
    return steps[-1]


def _tells(batch: Batch, step: Step, lead: UUID) -> bool:
    before = batch.gathered.actions.get(step.action.id)
    return step.action.lead == lead or (before is not None and before.lead == lead)
