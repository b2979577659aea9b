"""The service's routes: alerts, the inbox, receipts, and who takes part and is on call."""

import secrets
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from services.notify.domain.answers import Refused, Said
from services.notify.domain.states import Alert
from services.notify.handlers.answer import answer
from services.notify.handlers.enrol import enrol, replace_contacts, take_roster
from services.notify.handlers.standing import standing
from services.notify.repository import alerts, inboxes, registry
from services.notify.repository import roster as rosters
from services.notify.roster_file import load_roster
from services.notify.schemas import (
    Acknowledge,
    Contacts,
    Enrol,
    Policies,
    Rotas,
    alert_document,
    audience,
    duplicates,
    file_problem,
    refused,
)
from services.notify.work import Batch, Desk
from services.notify.yaml_lines import FileProblems
from shared.audit import Action, Entry, Way, record
from shared.auth import CENTRE, Principal, Role
from shared.bus.admin import AdminFailed, KafkaAdmin, organisation_principal
from shared.bus.work import Work
from shared.contracts.topics import CODE
from shared.disclosure import Audience, project
from shared.runtime import Context
from shared.runtime.http import Caller, Problem, body_of, not_found, require, viewer_of

_READERS = (Role.READER, Role.COORDINATOR, Role.PUBLISHER, Role.CENTRE)
Organisation = Annotated[str, Path(pattern=f"^{CODE}$")]


@dataclass(frozen=True, slots=True)
class Tools:
    """What the routes need."""

    context: Context
    desk: Desk
    admin: KafkaAdmin


def router(tools: Tools) -> APIRouter:
    """Every route is authorised by the caller's token and audited in its own transaction."""
    routes = APIRouter(prefix="/v1", tags=["notify"])
    routes.include_router(_alert_routes(tools))
    routes.include_router(_inbox_routes(tools))
    routes.include_router(_organisation_routes(tools))
    routes.include_router(_roster_routes(tools))
    return routes


def _alert_routes(tools: Tools) -> APIRouter:
    routes = APIRouter()

    @routes.get("/alerts")
    async def list_alerts(caller: Caller, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> dict[str, Any]:
        """The alerts of the caller's organisation, newest first; a sealed one for those who are named for it."""
        require(caller, *_READERS)
        async with tools.context.open_work() as work:
            seen_by = await standing(work, viewer_of(caller))
            sealed_desk = caller.organisation == CENTRE and "sealed" in seen_by.desks and seen_by.ref is not None
            named = seen_by.ref if seen_by.told else None
            found = await alerts.list_alerts(work, caller.organisation, named, seen_by.centre, sealed_desk, limit)
            shown = [document for alert in found if (document := alert_document(seen_by, alert)) is not None]
            record(work, *(_entry(Action.CONSULTATION, caller, "alert", str(one["alert"]), None) for one in shown))
            await _consulted(work, caller, "alert", "list", {"count": len(shown)})
        return {"alerts": shown}

    @routes.get("/alerts/{alert}")
    async def read_alert(caller: Caller, alert: UUID) -> dict[str, Any]:
        """One alert."""
        require(caller, *_READERS)
        async with tools.context.open_work() as work:
            found = await alerts.find_alert(work, alert)
            shown = alert_document(await standing(work, viewer_of(caller)), found) if found else None
            if shown is None:
                raise not_found()
            await _consulted(work, caller, "alert", str(alert))
        return shown

    @routes.post("/alerts/{alert}/acknowledge")
    async def acknowledge(caller: Caller, alert: UUID, body: Acknowledge | None = None) -> dict[str, Any]:
        """Say that a person has seen it. To be responsible is another thing, and is said to safeguarding."""
        by = (body.by if body else None) or caller.name
        async with tools.context.open_work() as work:
            found = await alerts.find_alert(work, alert, hold=True)
            seen_by = await standing(work, viewer_of(caller))
            if found is None or audience(seen_by, found) is Audience.NOBODY:
                raise not_found()
            _may_answer(caller, found)
            batch = Batch(work, tools.desk)
            decided = await answer(batch, found, Said.SEEN, by, "api", contact=caller.contact)
            if isinstance(decided, Refused):
                raise refused(decided)
            await batch.finish()
            await _altered(work, caller, "alert", str(alert))
        return alert_document(seen_by, found) or {}

    return routes


def _inbox_routes(tools: Tools) -> APIRouter:
    routes = APIRouter()

    @routes.get("/inbox")
    async def inbox(
        caller: Caller,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        """What the centre told the caller's organisation, behind the cursor `after`, in order and without gaps."""
        require(caller, *_READERS)
        async with tools.context.open_work() as work:
            events = await inboxes.list_entries(work, caller.organisation, after, limit)
            await _consulted(work, caller, "inbox", caller.organisation, {"after": after, "count": len(events)})
        return {"events": events, "next": events[-1]["sequence"] if events else after}

    @routes.get("/receipts/{event_id}")
    async def receipt(caller: Caller, event_id: Annotated[str, Path(max_length=200)]) -> dict[str, Any]:
        """What became of an event that the caller's organisation submitted, by the event's own id."""
        require(caller, *_READERS)
        async with tools.context.open_work() as work:
            found = await inboxes.find_receipt(work, caller.organisation, event_id)
            shown = project("receipt", Audience.ACTING, found) if found else None
            if shown is None:
                raise not_found()
            await _consulted(work, caller, "receipt", str(shown["receipt"]))
        return shown

    return routes


def _organisation_routes(tools: Tools) -> APIRouter:
    routes = APIRouter()

    @routes.get("/organisations")
    async def organisations(caller: Caller) -> dict[str, Any]:
        """Who takes part: all for an operator and the centre, the caller's own for others."""
        require(caller, *_READERS, Role.OPERATOR)
        async with tools.context.open_work() as work:
            found = await registry.list_organisations(work)
            await _consulted(work, caller, "organisation", "list")
        everything = caller.has(Role.OPERATOR, Role.CENTRE)
        shown = [dict(row) for row in found if everything or row.code == caller.organisation]
        return {"organisations": shown}

    @routes.post("/organisations", status_code=201)
    async def enrol_organisation(caller: Caller, wanted: Enrol) -> dict[str, Any]:
        """Enrol an organisation; its topics follow within seconds (`provisioned_at`). Again: changes nothing."""
        require(caller, Role.OPERATOR)
        async with tools.context.open_work() as work:
            batch = Batch(work, tools.desk)
            row = await enrol(batch, wanted.code, wanted.kafka)
            await _altered(work, caller, "organisation", wanted.code)
        return row

    @routes.post("/organisations/{code}/credentials", status_code=201)
    async def issue_credentials(caller: Caller, code: Organisation) -> dict[str, Any]:
        """A new login to the broker, shown this once; the one before it ends. None where the broker asks nobody."""
        require(caller, Role.OPERATOR)
        async with tools.context.open_work() as work:
            found = await registry.find_organisation(work, code, hold=True)
            if found is None or not found.kafka:
                raise not_found()
            username, password = organisation_principal(code), secrets.token_urlsafe(32)
            if not tools.admin.secured:
                return {"username": None, "password": None, "secured": False}
            try:
                await tools.admin.set_scram(username, password)
            except AdminFailed:
                raise Problem(
                    503, "unavailable", "The broker cannot be reached.", headers={"Retry-After": "5"}
                ) from None
            await _altered(work, caller, "credentials", code)
        return {"username": username, "password": password, "mechanism": "SCRAM-SHA-512", "secured": True}

    return routes


def _roster_routes(tools: Tools) -> APIRouter:
    routes = APIRouter()

    @routes.get("/organisations/{code}/roster")
    async def read_roster(caller: Caller, code: Organisation) -> dict[str, Any]:
        """The contacts, rotas and policies of one organisation."""
        _may_arrange(caller, code)
        async with tools.context.open_work() as work:
            found = await rosters.list_documents(work, code)
            await _consulted(work, caller, "roster", code)
        return dict(found)

    @routes.put("/organisations/{code}/contacts")
    async def put_contacts(caller: Caller, code: Organisation, body: Contacts) -> dict[str, int]:
        """These are the organisation's contacts from now on."""
        _may_arrange(caller, code)
        duplicates("contacts.id", [one.id for one in body.contacts])
        async with tools.context.open_work() as work:
            batch = Batch(work, tools.desk)
            await work.lock([f"roster/{code}"])
            await replace_contacts(batch, code, body.contacts)
            await _altered(work, caller, "contacts", code)
        return {"contacts": len(body.contacts)}

    @routes.put("/organisations/{code}/rotas")
    async def put_rotas(caller: Caller, code: Organisation, body: Rotas) -> dict[str, int]:
        """These are the organisation's rotas from now on, one for a desk."""
        _may_arrange(caller, code)
        duplicates("rotas.desk", [one.desk for one in body.rotas])
        async with tools.context.open_work() as work:
            await work.lock([f"roster/{code}"])
            await rosters.replace_rotas(work, code, body.rotas)
            await _altered(work, caller, "rotas", code)
        return {"rotas": len(body.rotas)}

    @routes.put("/organisations/{code}/policies")
    async def put_policies(caller: Caller, code: Organisation, body: Policies) -> dict[str, int]:
        """These are the organisation's escalation policies from now on, one for a desk and urgency."""
        _may_arrange(caller, code)
        duplicates("policies.urgency", [f"{one.desk}/{one.urgency}" for one in body.policies])
        async with tools.context.open_work() as work:
            await work.lock([f"roster/{code}"])
            await rosters.replace_policies(work, code, body.policies)
            await _altered(work, caller, "policies", code)
        return {"policies": len(body.policies)}

    @routes.post("/roster")
    async def post_roster(caller: Caller, request: Request) -> dict[str, int]:
        """A roster file (YAML); organisations that it does not name stay as they are."""
        require(caller, Role.OPERATOR)
        try:
            roster = load_roster((await body_of(request)).decode(), complete=False)
        except FileProblems as error:
            raise file_problem(error) from None
        except UnicodeDecodeError:
            raise Problem(422, "roster", "The file is not UTF-8.") from None
        async with tools.context.open_work() as work:
            batch = Batch(work, tools.desk)
            await take_roster(batch, roster)
            await _altered(work, caller, "roster", "all")
        return {"organisations": len(roster.organisations)}

    return routes


def _may_arrange(caller: Principal, code: str) -> None:
    """An operator for all, a co-ordinator for their own organisation."""
    if not caller.has(Role.OPERATOR):
        require(caller, Role.COORDINATOR)
        if caller.organisation != code:
            raise not_found()


def _may_answer(caller: Principal, alert: Alert) -> None:
    """The desk's co-ordinators; for what is sealed the named, whom visibility let in; the centre for the fallback."""
    if alert.sealed or caller.answers_for(alert.organisation, alert.desk):
        return
    if alert.status == "fallback" and caller.answers_for(CENTRE, "duty"):
        return
    raise Problem(403, "forbidden", "This desk is not yours to answer for.")


async def _consulted(work: Work, caller: Principal, kind: str, id: str, detail: dict[str, int] | None = None) -> None:
    record(work, _entry(Action.CONSULTATION, caller, kind, id, detail))
    await work.commit()


async def _altered(work: Work, caller: Principal, kind: str, id: str) -> None:
    record(work, _entry(Action.ALTERATION, caller, kind, id, None))
    await work.commit()


def _entry(action: Action, caller: Principal, kind: str, id: str, detail: dict[str, int] | None) -> Entry:
    return Entry(
        action=action,
        record_kind=kind,
        record_id=id,
        actor=caller.subject,
        organisation=caller.organisation,
        way=Way.API,
        detail=detail,
    )
