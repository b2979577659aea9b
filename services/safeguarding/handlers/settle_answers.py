"""Answers to tasks, by whatever way they came: decided in order, each in the light of those before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.safeguarding.domain.answers import Answer, Verdict, decide_answer
from services.safeguarding.domain.task import Change, Task
from services.safeguarding.domain.wanted import Knowledge
from services.safeguarding.repository import gather_for_tasks, lock_actions_of
from services.safeguarding.work import Cause, record_changes
from shared.bus.work import Work


@dataclass(frozen=True, slots=True)
class Given:
    """One answer to one task, and what brought it."""

    task: UUID
    answer: Answer
    cause: Cause


@dataclass(frozen=True, slots=True)
class Settled:
    """What an answer came to, and the task as it stands after it (None: unknown)."""

    verdict: Verdict
    task: Task | None


async def settle_answers(known: Knowledge, work: Work, given: Sequence[Given]) -> list[Settled]:
    """Decide and record; one result for each answer, in the same order."""
    if not given:
        return []
    wanted = [one.task for one in given]
    await lock_actions_of(work, wanted)
    gathered = await gather_for_tasks(work, wanted)
    tasks = {task.task: task for group in gathered.tasks.values() for task in group}
    results: list[Settled] = []
    for one in given:
        task = tasks.get(one.task)
        action = gathered.actions.get(task.pursue_action) if task else None
        verdict = decide_answer(task, action, one.answer, known, work.now)
        if isinstance(verdict, Change):
            task = tasks[one.task] = verdict.task
            record_changes(work, known.id_key, [verdict], one.cause)
        results.append(Settled(verdict, task))
    return results
