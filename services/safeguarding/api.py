"""Safeguarding's own HTTP routes: reading tasks and answering them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from services.safeguarding.domain.answers import Answer, Refused
from services.safeguarding.domain.wanted import Knowledge
from services.safeguarding.handlers.follow_contacts import standing
from services.safeguarding.handlers.read_tasks import read_counts, read_protection, read_tasks
from services.safeguarding.handlers.settle_answers import Given, settle_answers
from services.safeguarding.schemas import AnswerBody, TaskFilter
from services.safeguarding.work import Cause
from shared.audit import Way
from shared.auth import Principal, Role
from shared.runtime import Context
from shared.runtime.http import Caller, Problem, not_found, require, viewer_of

READERS = (Role.READER, Role.COORDINATOR, Role.CENTRE, Role.NATIONAL_READER)


def router(context: Context, known: Knowledge) -> APIRouter:
    """Every route reads and writes through the handlers, in one transaction with its audit entries."""
    routes = APIRouter(prefix="/v1", tags=["safeguarding"])

    @routes.get("/protection")
    async def protection(caller: Caller, pursue_action: UUID) -> dict[str, Any]:
        """Whom an action concerned and what became of it."""
        require(caller, *READERS, Role.PUBLISHER)
        async with context.open_work() as work:
            found = await read_protection(known, work, viewer_of(caller), caller.subject, pursue_action)
            await work.commit()
        if found is None:
            raise not_found()
        return found

    @routes.get("/tasks")
    async def tasks(caller: Caller, wanted: Annotated[TaskFilter, Query()]) -> dict[str, Any]:
        """The tasks that the caller may see, in the order in which they were raised."""
        require(caller, *READERS)
        async with context.open_work() as work:
            shown = await read_tasks(
                known,
                work,
                viewer_of(caller),
                caller.subject,
                status=wanted.status,
                desk=wanted.desk,
                after=wanted.after,
                limit=wanted.limit,
            )
            await work.commit()
        return {"tasks": shown, "next": shown[-1]["task"] if len(shown) == wanted.limit else None}

    @routes.get("/tasks/counts")
    async def counts(caller: Caller) -> dict[str, Any]:
        """How many tasks stand where."""
        require(caller, *READERS)
        async with context.open_work() as work:
            found = await read_counts(work, viewer_of(caller), caller.subject)
            await work.commit()
        return found

    @routes.get("/tasks/{task}")
    async def one(caller: Caller, task: UUID) -> dict[str, Any]:
        """One task; what does not exist and what is not for the caller look the same."""
        require(caller, *READERS)
        async with context.open_work() as work:
            shown = await read_tasks(known, work, viewer_of(caller), caller.subject, task=task)
            await work.commit()
        if not shown:
            raise not_found()
        return shown[0]

    @routes.post("/tasks/{task}/answers")
    async def answer(caller: Caller, task: UUID, body: AnswerBody) -> dict[str, Any]:
        """Acknowledge, accept, decline or finish a task of the caller's own desk."""
        require(caller, Role.COORDINATOR)
        async with context.open_work() as work:
            viewer = await standing(work, viewer_of(caller))
            [settled] = await settle_answers(known, work, [_given(caller, task, body, viewer.told)])
            if isinstance(settled.verdict, Refused):
                raise _refusal(settled.verdict)
            await work.commit()
        assert settled.task is not None
        return {"task": str(task), "status": settled.task.status.value, "version": settled.task.version}

    return routes


def _given(caller: Principal, task: UUID, body: AnswerBody, told: bool) -> Given:
    """The answer; whose contact may not be told of what is sealed is no named person."""
    answer = Answer(
        kind=body.kind,
        organisation=caller.organisation,
        by=caller.name or caller.subject,
        reason=body.reason,
        whose=body.whose,
        contact=caller.contact if told else None,
        desks=caller.desks,
    )
    return Given(task, answer, Cause(str(task), caller.subject, caller.organisation, Way.API))


def _refusal(refused: Refused) -> Problem:
    error = refused.error
    if error.rule == "known":
        return not_found()
    if error.rule == "desk":
        return Problem(403, "forbidden", "This task is another desk's.")
    return Problem(
        409,
        error.rule.replace("_", "-"),
        f"The task {error.message}.",
        [error],
        answered_by=refused.by,
        answered_for=refused.organisation,
    )
