"""Take in what forces report about their Pursue actions: a batch costs a fixed number of statements."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.tasking import repository
from services.tasking.domain import Action, Facts, Step, Waiting, decide_course, decide_parts
from services.tasking.handlers.announce import announce
from services.tasking.handlers.batch import Batch, altered
from services.tasking.handlers.hearing import Origin, hear, live, until_of, waited, waiting_row, wanted_for
from services.tasking.handlers.leads import leads_of, moved_leads, reports_of
from shared.audit import Action as Did
from shared.audit import Entry, Way, record
from shared.bus.submissions import PREDECESSOR_WAIT, Intake, Submitted
from shared.bus.work import Work
from shared.contracts.receipts import Receipt, Verdict
from shared.kernel.errors import Retryable


async def take_submissions(
    work: Work,
    submitted: Sequence[Submitted],
    intake: Intake,
    key: bytes,
    by: str | None = None,
    way: Way = Way.KAFKA,
) -> list[Receipt]:
    """Claim, decide and record a batch; the receipts of all that got one. `by` is the person, where there is one.

    Raises `Retryable` where an action joined another lead in the moment before its lock was had.
    """
    found = await intake.claim(work, submitted)
    if not found.fresh:
        return found.receipts
    new = [Origin(one, hear(key, one), by or one.organisation, way.value) for one in found.fresh]
    wanted = wanted_for(one.heard for one in new)
    locked = await repository.lock(work, wanted.actions, wanted.leads)
    gathered = await repository.gather(work, locked, wanted)
    old = [waited(key, row) for rows in gathered.waiting.values() for row in rows]
    origins = {(one.heard.acting, one.heard.event_id): one for one in (*old, *new)}
    batch = Batch(work, intake, key, origins, gathered)
    _decide(batch, new)
    if not leads_of(batch) <= locked:
        raise Retryable("a lead was not held")
    _record(batch)
    return [*found.receipts, *_receipts(batch)]


def _decide(batch: Batch, new: Sequence[Origin]) -> None:
    facts = _facts(batch)
    by_action: dict[UUID, list[Origin]] = {}
    for one in new:
        by_action.setdefault(one.heard.id, []).append(one)
    for id, ones in by_action.items():
        batch.courses[id] = decide_course(
            batch.gathered.actions.get(id),
            _waiting(batch, id),
            [one.heard for one in ones],
            facts,
            batch.work.now,
            PREDECESSOR_WAIT,
        )


def _facts(batch: Batch) -> Facts:
    leads = {action.id: action.listed for action in batch.gathered.actions.values()}
    for origin in batch.origins.values():
        if origin.heard.details and live(origin.heard):
            listed = frozenset(origin.heard.details.get("parts", ()))
            leads[origin.heard.id] = leads.get(origin.heard.id, frozenset()) | listed
    found = batch.gathered
    return Facts(found.contacts, frozenset(found.lines), frozenset(found.enrolled), leads)


def _waiting(batch: Batch, id: UUID) -> Iterable[Waiting]:
    for row in batch.gathered.waiting.get(id, ()):
        yield Waiting(batch.origins[row["organisation"], row["event_id"]].heard, until_of(row))


def _record(batch: Batch) -> None:
    reports = reports_of(batch)
    final: list[Action] = []
    for course in batch.courses.values():
        if course.steps and course.action:
            parts = decide_parts(course.action, reports.get(course.action.id, {}).values())
            final.append(replace(course.action, parts=parts))
            _record_steps(batch, course.steps, parts)
    led = moved_leads(batch, reports)
    repository.record_actions(batch.work, [*final, *led])
    _record_waiting(batch)


def _record_steps(batch: Batch, steps: Sequence[Step], parts: tuple[Any, ...]) -> None:
    history = []
    for step in steps:
        origin = batch.origins[step.heard.acting, step.heard.event_id]
        event = origin.submitted.event
        announce(batch.work, batch.key, replace(step.action, parts=parts), event.traceparent if event else None)
        history.append(_history_row(origin, step, batch.work.now))
        record(batch.work, altered(step.action, origin.by, Way(origin.way)))
    repository.record_history(batch.work, history)


def _record_waiting(batch: Batch) -> None:
    added, removed = [], []
    for id, course in batch.courses.items():
        before = {row["revision"] for row in batch.gathered.waiting.get(id, ())}
        removed += [(id, revision) for revision in before - course.waiting.keys()]
        for revision in course.waiting.keys() - before:
            waiting = course.waiting[revision]
            origin = batch.origins[waiting.heard.acting, waiting.heard.event_id]
            action = course.action
            urgency, sealed = (action.urgency, action.sealed) if action else (None, False)
            added.append(waiting_row(origin, waiting, urgency, sealed, batch.work.now))
    repository.record_waiting(batch.work, added, removed)


def _receipts(batch: Batch) -> Iterable[Receipt]:
    for course in batch.courses.values():
        for said in course.said():
            origin = batch.origins[said.heard.acting, said.heard.event_id]
            if said.verdict in (Verdict.ACCEPTED, Verdict.WAITING):
                record(batch.work, _collected(origin))
            yield batch.intake.receipt(
                batch.work,
                origin.submitted,
                said.verdict,
                errors=said.errors,
                warnings=said.warnings,
                subject=None if said.verdict is Verdict.REJECTED else said.heard.id,
                until=said.until,
            )


def _history_row(origin: Origin, step: Step, now: datetime) -> dict[str, Any]:
    heard = step.heard
    return {
        "pursue_action": heard.id,
        "version": step.action.version,
        "verb": heard.verb.value,
        "revision": heard.revision,
        "event_id": heard.event_id,
        "by": origin.by,
        "mode": heard.mode.value,
        "reason": heard.reason,
        "note": heard.note,
        "occurred_at": heard.occurred_at,
        "at": now,
    }


def _collected(origin: Origin) -> Entry:
    return Entry(
        action=Did.COLLECTION,
        record_kind="pursue_action",
        record_id=str(origin.heard.id),
        actor=origin.by,
        organisation=origin.heard.acting,
        way=Way(origin.way),
        detail={"event": origin.heard.event_id, "revision": origin.heard.revision},
    )
