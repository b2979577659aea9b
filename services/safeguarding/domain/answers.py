"""What an organisation's answer does to its task: the first answer stands, and a decline goes to the next."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.safeguarding.domain.action import Action
from services.safeguarding.domain.changes import together
from services.safeguarding.domain.task import Change, Task, digest_of
from services.safeguarding.domain.wanted import Knowledge, content_of
from shared.contracts.protect import AnswerKind, TaskChange, TaskStatus
from shared.kernel.errors import FieldError
from shared.reference import Nation


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came in. `contact` is set where a person was proven; `trusted` where notify has checked them."""

    kind: AnswerKind
    organisation: str
    by: str
    reason: str | None = None
    whose: str | None = None
    contact: str | None = None
    trusted: bool = False
    desks: frozenset[str] | None = None
    """The desks that the person answers for; None is all of their organisation's."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer does not count; `by` and `organisation` say whose does, where it came too late."""

    error: FieldError
    by: str | None = None
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same said once more: nothing changes."""


Verdict = Change | Refused | Repeated

UNKNOWN = Refused(FieldError("data.task", "known", "is no task that you may answer"))


def decide_answer(task: Task | None, action: Action | None, answer: Answer, known: Knowledge, now: datetime) -> Verdict:
    """What the answer does. Unknown and not yours look the same."""
    if task is None or task.status is TaskStatus.HELD or not _may_know(task, answer):
        return UNKNOWN
    if answer.organisation != task.organisation:
        return _of_another(task, answer)
    if answer.desks is not None and task.desk not in answer.desks:
        return Refused(FieldError("data.task", "desk", "is for another desk of the same organisation"))
    if task.status is TaskStatus.WITHDRAWN:
        return Refused(FieldError("data.task", "over", "was withdrawn: nothing is left to answer"))
    if answer.kind is AnswerKind.ACKNOWLEDGED:
        return Repeated() if task.seen_at else _change(task, TaskChange.SEEN, now, seen_at=now)
    if answer.kind is AnswerKind.DONE:
        return _done(task, answer, now)
    if task.status is not TaskStatus.RAISED:
        return _second(task, answer)
    if answer.kind is AnswerKind.ACCEPTED:
        return _answered(task, answer, TaskChange.ACCEPTED, TaskStatus.ACCEPTED, now)
    return _declined(task, action, answer, known, now)


def _may_know(task: Task, answer: Answer) -> bool:
    if not task.sealed:
        return answer.organisation == task.organisation or _declined_before(task, answer.organisation)
    # without a proven person there is nobody to name: "kent/None" must not match a contact of that id
    return answer.trusted or (answer.contact is not None and f"{answer.organisation}/{answer.contact}" in task.named)


def _declined_before(task: Task, organisation: str) -> bool:
    return any(one["organisation"] == organisation for one in task.declines)


def _of_another(task: Task, answer: Answer) -> Verdict:
    """From somebody who declined it before: they hear that this stands."""
    decline = next((one for one in task.declines if one["organisation"] == answer.organisation), None)
    if decline is None:
        return UNKNOWN
    if answer.kind is AnswerKind.DECLINED and decline["by"] == answer.by:
        return Repeated()
    return _too_late(decline["by"], decline["organisation"])


def _done(task: Task, answer: Answer, now: datetime) -> Verdict:
    if task.status is TaskStatus.DONE:
        return _second(task, answer)
    return _answered(task, answer, TaskChange.DONE, TaskStatus.DONE, now)


def _second(task: Task, answer: Answer) -> Verdict:
    """The first answer stands. The same person saying the same again is no second answer."""
    same = {AnswerKind.ACCEPTED: TaskStatus.ACCEPTED, AnswerKind.DONE: TaskStatus.DONE}.get(answer.kind)
    if same is task.status and (task.answered_for, task.answered_by) == (answer.organisation, answer.by):
        return Repeated()
    return _too_late(task.answered_by, task.answered_for)


def _too_late(by: str | None, organisation: str | None) -> Refused:
    words = f"was answered already, by {by or 'somebody'} for {organisation or 'the recipient'}: that stands"
    return Refused(FieldError("data.task", "already_answered", words), by, organisation)


def _answered(task: Task, answer: Answer, change: TaskChange, status: TaskStatus, now: datetime) -> Change:
    return _change(
        task,
        change,
        now,
        status=status,
        seen_at=task.seen_at or now,
        answered_by=answer.by,
        answered_for=answer.organisation,
        reason=answer.reason,
    )


def _declined(task: Task, action: Action | None, answer: Answer, known: Knowledge, now: datetime) -> Verdict:
    """To the next in the route, with what that desk may have; the last in the route cannot decline."""
    if not task.route:
        words = "is the last in the route of this task: it cannot be declined any further"
        return Refused(FieldError("data.task", "last_in_route", words))
    if task.sealed:
        words = "is sealed: it cannot go to anybody else until it is released"
        return Refused(FieldError("data.task", "sealed", words))
    (organisation, desk), rest = task.route[0], task.route[1:]
    count = len(task.declines) + 1
    cause = f"{task.task}/declined/{count}"
    reason = f"{answer.reason} (said to be for {answer.whose})" if answer.whose else answer.reason
    moved = replace(
        task,
        organisation=organisation,
        desk=desk,
        previous_organisation=task.organisation,
        previous_desk=task.desk,
        route=[list(stop) for stop in rest],
        declines=[*task.declines, {"organisation": answer.organisation, "by": answer.by}],
        together=together(known.id_key, task.pursue_action, cause, organisation, desk),
        status=TaskStatus.RAISED,
        due_at=_due_anew(task, known, now),
        seen_at=None,
        answered_by=answer.by,
        answered_for=answer.organisation,
        reason=reason,
    )
    return _change(_with_content(moved, action, known), TaskChange.REROUTED, now)


def _with_content(task: Task, action: Action | None, known: Knowledge) -> Task:
    rule = known.playbook.find(task.playbook)
    if action is None or rule is None:
        return replace(task, minimum={}, missing=[])
    minimum, missing = content_of(action, rule, task.desk, task.people, task.places, task.context)
    moved = replace(task, minimum=minimum, missing=missing)
    return replace(moved, digest=digest_of(moved, minimum))


def _due_anew(task: Task, known: Knowledge, now: datetime) -> datetime:
    rule = known.playbook.find(task.playbook)
    return rule.due.for_urgency(task.urgency).after(now, Nation(task.nation)) if rule else task.due_at


def _change(task: Task, change: TaskChange, now: datetime, **changes: object) -> Change:
    return Change(replace(task, version=task.version + 1, changed_at=now, **changes), change)  # type: ignore[arg-type]
