"""The service's routes: submit a report or a line, and read one's own."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.intel import repository
from services.intel.handlers import Submissions
from services.intel.schemas import document, receipt_response
from shared.audit import Action, Entry, Way, record
from shared.auth import Principal, Role
from shared.bus.work import Work
from shared.contracts.registry import LINE_DECLARED, REPORT_SUBMITTED, IntelligenceReport, LineDeclared
from shared.disclosure import Guarded, audience_of
from shared.reference import Reference
from shared.runtime import Context
from shared.runtime.http import Caller, body_of, not_found, require, viewer_of

_READERS = (Role.READER, Role.COORDINATOR, Role.PUBLISHER)


def router(context: Context, reference: Reference) -> APIRouter:
    """The routes; `POST` takes the same CloudEvent as the organisation's topic."""
    routes = APIRouter(prefix="/v1", tags=["intel"])
    reports = Submissions(context.id_key, reference, {REPORT_SUBMITTED: IntelligenceReport})
    lines = Submissions(context.id_key, reference, {LINE_DECLARED: LineDeclared})

    @routes.post("/reports", status_code=202)
    async def submit_report(caller: Caller, request: Request) -> Response:
        """A 3x5x2 report (CloudEvent); the answer is its receipt."""
        return await _submit(context, reports, caller, request)

    @routes.post("/lines", status_code=202)
    async def declare_line(caller: Caller, request: Request) -> Response:
        """A line and the areas that it runs between (CloudEvent); the answer is its receipt."""
        return await _submit(context, lines, caller, request)

    @routes.get("/reports/{report}")
    async def read_report(caller: Caller, report: UUID) -> dict[str, Any]:
        """A report of the caller's own organisation."""
        require(caller, *_READERS)
        async with context.open_work() as work:
            found = await repository.find_report(work, report)
            if found is None:
                raise not_found()
            audience = audience_of(viewer_of(caller), Guarded(acting=found["organisation"]))
            shown = document("intelligence_report", audience, found)
            await _consulted(work, caller, "intelligence_report", report)
        return shown

    @routes.get("/lines/{line_id}")
    async def read_line(caller: Caller, line_id: UUID) -> dict[str, Any]:
        """A line of the caller's own organisation; the centre sees where it runs, too."""
        require(caller, *_READERS, Role.CENTRE)
        async with context.open_work() as work:
            found = await repository.find_line(work, line_id)
            if found is None:
                raise not_found()
            audience = audience_of(viewer_of(caller), Guarded(acting=found["owner"]))
            shown = document("line", audience, found)
            await _consulted(work, caller, "line", line_id)
        return shown

    return routes


async def _submit(context: Context, submissions: Submissions, caller: Principal, request: Request) -> Response:
    require(caller, Role.PUBLISHER)
    raw = await body_of(request)
    async with context.open_work() as work:
        receipt = await submissions.take_request(work, caller.organisation, raw, caller.subject)
        await work.commit()
    return receipt_response(receipt)


async def _consulted(work: Work, caller: Principal, kind: str, id: UUID) -> None:
    """Log the reading in the transaction that read, before anything is shown."""
    entry = Entry(
        action=Action.CONSULTATION,
        record_kind=kind,
        record_id=str(id),
        actor=caller.subject,
        organisation=caller.organisation,
        way=Way.API,
    )
    record(work, entry)
    await work.commit()
