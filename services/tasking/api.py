"""Tasking over HTTP: the same submissions as on Kafka, and the actions as their reader may see them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.tasking.handlers.reading import show_action, show_actions
from services.tasking.handlers.submissions import take_submissions
from services.tasking.schemas import ActionPage, cursor_of, read_cursor
from shared.audit import Way
from shared.auth import Principal, Role
from shared.bus.submissions import Intake
from shared.contracts.pursue import Status
from shared.contracts.receipts import Receipt, Verdict
from shared.kernel.errors import FieldError, Retryable
from shared.runtime import Context
from shared.runtime.http import Caller, Problem, body_of, not_found, require, viewer_of

_READERS = (Role.PUBLISHER, Role.COORDINATOR, Role.READER, Role.CENTRE, Role.NATIONAL_READER)
_ATTEMPTS = 3


def router(context: Context, intake: Intake) -> APIRouter:
    """The routes of /v1/pursue-actions."""
    routes = APIRouter(prefix="/v1/pursue-actions", tags=["pursue actions"])

    @routes.post("", status_code=202, response_model_exclude_none=True)
    async def submit(caller: Caller, request: Request) -> Receipt:
        """Take a CloudEvent of the caller's organisation. 422 carries the errors of a rejected one."""
        require(caller, Role.PUBLISHER)
        receipt = await _take(context, intake, caller, await body_of(request))
        if receipt.verdict is Verdict.REJECTED:
            errors = [FieldError(**one.model_dump()) for one in receipt.errors]
            raise Problem(422, "rejected", errors=errors, receipt=receipt.model_dump(mode="json", exclude_none=True))
        return receipt

    @routes.get("")
    async def actions(
        caller: Caller,
        status: Status | None = None,
        before: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ActionPage:
        """Newest change first; `before` is the `next` of an earlier page."""
        require(caller, *_READERS)
        since = read_cursor(before) if before else None
        async with context.open_work() as work:
            items, last = await show_actions(work, viewer_of(caller), caller.subject, status, since, limit)
            await work.commit()
        return ActionPage(items=items, next=cursor_of(*last) if last else None)

    @routes.get("/{id}")
    async def action(caller: Caller, id: UUID) -> dict[str, Any]:
        """One action; to its own force also with its history."""
        require(caller, *_READERS)
        async with context.open_work() as work:
            shown = await show_action(work, id, viewer_of(caller), caller.subject)
            await work.commit()
        if shown is None:
            raise not_found()
        return shown

    return routes


async def _take(context: Context, intake: Intake, caller: Principal, raw: bytes) -> Receipt:
    """The receipt of one submission; takes it again where a lead's lock was missed."""
    one = intake.read_bytes(caller.organisation, raw, context.clock.now())
    for _ in range(_ATTEMPTS):
        try:
            async with context.open_work() as work:
                receipts = await take_submissions(work, [one], intake, context.id_key, caller.subject, Way.API)
                await work.commit()
            # What waited may have got its final word beside this one.
            return next(each for each in receipts if not one.has_id or each.event_id == one.event_id)
        except Retryable:
            continue
    raise Problem(503, "unavailable", "Try again shortly.", headers={"Retry-After": "1"})
