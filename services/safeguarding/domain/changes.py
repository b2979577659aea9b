"""What must happen to an action's tasks: those that it should have against those that it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.safeguarding.domain.action import Action
from services.safeguarding.domain.desired import decide_desired
from services.safeguarding.domain.task import Change, Task, digest_of
from services.safeguarding.domain.vocabulary import About, Condition
from services.safeguarding.domain.wanted import Desired, Knowledge, LocalFacts, content_of
from shared.contracts.model import Urgency
from shared.contracts.protect import TaskChange, TaskStatus
from shared.contracts.pursue import Status
from shared.kernel.ids import derive
from shared.reference import Nation

_HASTE: Final = {Urgency.ROUTINE: 0, Urgency.URGENT: 1, Urgency.LIFE_RISK: 2}
_UNANSWERED: Final[Mapping[str, Any]] = {
    "answered_by": None,
    "answered_for": None,
    "reason": None,
    "seen_at": None,
}


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and why a decision is made. Tasks of one occasion for one recipient are told together."""

    now: datetime
    cause: str


def decide_task_changes(
    action: Action, facts: LocalFacts, existing: Sequence[Task], known: Knowledge, occasion: Occasion
) -> list[Change]:
    """The changes that bring `existing` to what the action needs; no task that stays as it is is among them."""
    standing = {task.task for task in existing if task.status.live}
    desired = decide_desired(action, facts, known, occasion.now, standing)
    held = {task.task: task for task in existing}
    wanted = {one.task for one in desired}
    changes = [_Match(action, one, held.get(one.task), known, occasion).change() for one in desired]
    changes += [_unwanted(action, task, known, occasion) for task in existing if task.task not in wanted]
    return [change for change in changes if change is not None]


class _Match:
    """One desired task against the one that exists, if any."""

    def __init__(
        self, action: Action, desired: Desired, task: Task | None, known: Knowledge, occasion: Occasion
    ) -> None:
        self.action, self.desired, self.task, self.known, self.occasion = action, desired, task, known, occasion
        self.contacts = action.pre_brief_of(desired.organisation) if desired.rule.pre_brief else ()
        # what was released never becomes sealed again
        self.sealed = action.sealed and (task is None or task.sealed)
        self.held = self.sealed and not self.contacts

    def change(self) -> Change | None:
        if self.task is None:
            return self._new(1)
        match self.task.status:
            case TaskStatus.HELD:
                return self._from_held(self.task)
            case TaskStatus.WITHDRAWN:
                return self._new(self.task.version + 1)
            case _:
                return self._from_told(self.task)

    def _new(self, version: int) -> Change:
        """Raised, or kept sealed where there is nobody who may be told."""
        now, rule = self.occasion.now, self.desired.rule
        task = Task(
            task=self.desired.task,
            pursue_action=self.action.id,
            acting=self.action.acting,
            version=version,
            status=TaskStatus.HELD if self.held else TaskStatus.RAISED,
            rule=rule.id,
            playbook=rule.reference,
            title=rule.title,
            organisation=self.desired.organisation,
            desk=self.desired.desk,
            urgency=self.action.urgency,
            nation=self.desired.nation.value,
            raised_at=now,
            due_at=self._due(),
            together=self._together(self.desired.organisation, self.desired.desk),
            digest="",
            changed_at=now,
            told=not self.held or (self.task is not None and self.task.told),
            route=[list(stop) for stop in self.desired.route],
        )
        return Change(self._filled(task), None if self.held else TaskChange.RAISED)

    def _from_held(self, task: Task) -> Change | None:
        if not self.held:
            return self._new(task.version + 1)
        filled = self._filled(task)
        return None if filled.digest == task.digest else Change(self._next(filled), None)

    def _from_told(self, task: Task) -> Change | None:
        if self.held:
            return self._pre_brief_withdrawn(task)
        filled = self._filled(task)
        if task.sealed and not self.sealed:
            due = self._due() if task.status is not TaskStatus.DONE else task.due_at
            return Change(self._next(filled, due_at=due), TaskChange.RELEASED)
        if self._has_gone_live(task):
            # it was recorded and paged nobody: whoever must act is told now
            return Change(self._renewed(filled, raised_at=self.occasion.now), TaskChange.CHANGED)
        if filled.digest == task.digest:
            return None
        added = self._reaches_further(task, filled)
        if added and task.status is TaskStatus.DONE:
            # what was done did not cover whom it now concerns
            return Change(self._renewed(filled, status=TaskStatus.RAISED, **_UNANSWERED), TaskChange.RAISED)
        if added or _HASTE[Urgency(self.action.urgency)] > _HASTE[Urgency(task.urgency)]:
            return Change(self._renewed(filled), TaskChange.CHANGED)
        return Change(self._next(filled), TaskChange.CHANGED)

    def _has_gone_live(self, task: Task) -> bool:
        """Whether what was only backfilled is now going on, and nobody is responsible for it yet."""
        goes_on = not self.action.backfill and self.action.status is not Status.CLOSED
        return task.backfill and goes_on and task.status is TaskStatus.RAISED

    def _reaches_further(self, task: Task, filled: Task) -> bool:
        """Whether it now concerns more people or places; for a task about the action, whether it asks anything else."""
        if self.desired.rule.about is About.ACTION and task.status is TaskStatus.DONE:
            return filled.context != task.context
        return not (set(filled.people) <= set(task.people) and set(filled.places) <= set(task.places))

    def _pre_brief_withdrawn(self, task: Task) -> Change:
        """Nobody of the recipient may know of it any more: those who did hear that it is withdrawn."""
        held = replace(task, status=TaskStatus.HELD, **_UNANSWERED)
        return Change(self._next(held), TaskChange.WITHDRAWN, TaskStatus.WITHDRAWN)

    def _filled(self, task: Task) -> Task:
        """The task with today's content for whoever holds it now."""
        desired = self.desired
        rule, people, places = desired.rule, list(desired.people), list(desired.places)
        minimum, missing = content_of(self.action, rule, task.desk, people, places, desired.context)
        named = self._named() if self.sealed and self.contacts else []
        filled = replace(
            task,
            urgency=self.action.urgency,
            title=rule.title,
            legal_basis=list(rule.bases_in(desired.nation)),
            named=named,
            missing=missing,
            people=people,
            places=places,
            context=desired.context,
            playbook=rule.reference,
            sealed=self.sealed,
            minimum={} if self.sealed else minimum,
            acting_contact=self.action.named_officer if self.sealed else None,
            backfill=self.action.backfill,
        )
        return replace(filled, digest=digest_of(filled, minimum))

    def _named(self) -> list[str]:
        """Who may know, as `organisation/contact`, in the order in which the task's alerts climb."""
        refs = [f"{self.desired.organisation}/{contact}" for contact in self.contacts]
        if self.action.named_officer:
            refs.append(f"{self.action.acting}/{self.action.named_officer}")
        return list(dict.fromkeys(refs))

    def _renewed(self, task: Task, **changes: Any) -> Task:
        """A change that its recipient must be alerted to anew: nobody has seen it as it is now."""
        due = self._due() if changes else min(task.due_at, self._due())
        together = self._together(task.organisation, task.desk)
        return self._next(task, **{"due_at": due, "together": together, "seen_at": None, **changes})

    def _next(self, task: Task, **changes: Any) -> Task:
        return replace(task, version=task.version + 1, changed_at=self.occasion.now, **changes)

    def _due(self) -> datetime:
        due = self.desired.rule.due.for_urgency(self.action.urgency)
        return due.after(self.occasion.now, Nation(self.desired.nation))

    def _together(self, organisation: str, desk: str) -> UUID:
        return together(self.known.id_key, self.action.id, self.occasion.cause, organisation, desk)


def together(key: bytes, pursue_action: UUID, cause: str, organisation: str, desk: str) -> UUID:
    """Equal for the tasks that arose together for one recipient: they make one message."""
    return derive(key, "together", str(pursue_action), cause, organisation, desk)


def _unwanted(action: Action, task: Task, known: Knowledge, occasion: Occasion) -> Change | None:
    """A task that the action does not need (any more)."""
    if action.status is Status.RETRACTED:
        return _retracted(task, occasion)
    if not task.status.live:
        return None
    if task.status is TaskStatus.HELD:
        return Change(_emptied(task, occasion), None)
    if action.status is Status.CANCELLED:
        return Change(_emptied(task, occasion), TaskChange.STOOD_DOWN)
    rule = known.playbook.find(task.playbook)
    if rule is not None and rule.when is Condition.INFORMATION_MISSING:
        done = _emptied(task, occasion, TaskStatus.DONE)
        return Change(replace(done, answered_for=task.acting), TaskChange.DONE)
    return Change(_emptied(task, occasion), TaskChange.WITHDRAWN)


def _retracted(task: Task, occasion: Occasion) -> Change | None:
    """Everyone who ever had it hears of it, also those who were done with it or from whom it was withdrawn."""
    if task.retracted or (not task.told and not task.status.live):
        return None
    gone = replace(_emptied(task, occasion), retracted=True)
    return Change(gone, TaskChange.RETRACTED if task.told else None)


def _emptied(task: Task, occasion: Occasion, status: TaskStatus = TaskStatus.WITHDRAWN) -> Task:
    """Over: what it held is not sent once more."""
    return replace(
        task,
        status=status,
        version=task.version + 1,
        changed_at=occasion.now,
        minimum={},
        missing=[],
        context={},
        digest="",
    )
