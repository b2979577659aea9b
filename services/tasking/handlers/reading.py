"""Show Pursue actions to whoever asks, through the one visibility function, and log what was shown."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.tasking import repository
from services.tasking.domain import Action
from services.tasking.handlers.announce import as_data
from services.tasking.repository import Filter
from shared.audit import Action as Did
from shared.audit import Entry, Way, record
from shared.bus.work import Work
from shared.disclosure import Audience, Guarded, Viewer, audience_of, project
from shared.disclosure.audience import SEALED_DESK
from shared.reference import reference

_CENTRE: Final = "nclcc"


async def show_action(work: Work, id: UUID, viewer: Viewer, reader: str) -> dict[str, Any] | None:
    """An action and its history as the viewer may see them; None where they may see nothing or there is nothing."""
    viewer = await _standing(work, viewer)
    found = await repository.find_action(work, id)
    if found is None:
        return None
    audience = audience_of(viewer, _guarded(found[0]))
    # Looked up for everyone: an answer must not take longer where there is something to hide.
    history = await repository.list_history(work, id)
    shown = project("pursue_action", audience, {**_record(*found), "history": history})
    if shown is None:
        return None
    record(work, _consulted(str(id), reader, viewer, audience))
    return shown


async def show_actions(
    work: Work, viewer: Viewer, reader: str, status: str | None, before: tuple[datetime, UUID] | None, limit: int
) -> tuple[list[dict[str, Any]], tuple[datetime, UUID] | None]:
    """A page of what the viewer may see, and where the next one starts. Each record shown is logged."""
    viewer = await _standing(work, viewer)
    asked = _filter(viewer, status, before, limit)
    found = await repository.list_actions(work, asked)
    items = []
    for action, changed_at in found:
        audience = audience_of(viewer, _guarded(action))
        shown = project("pursue_action", audience, _record(action, changed_at))
        if shown is not None:
            record(work, _consulted(str(action.id), reader, viewer, audience))
            items.append(shown)
    last = found[-1] if len(found) == limit else None
    return items, (last[1], last[0].id) if last else None


async def _standing(work: Work, viewer: Viewer) -> Viewer:
    """The viewer, and whether their contact may be told of sealed things at this moment."""
    if viewer.contact is None:
        return viewer
    contact = await repository.find_contact(work, viewer.organisation, viewer.contact)
    return replace(viewer, told=contact is not None and contact.may_be_told(work.now))


def _filter(viewer: Viewer, status: str | None, before: tuple[datetime, UUID] | None, limit: int) -> Filter:
    sealed_desk = viewer.organisation == _CENTRE and viewer.contact is not None and SEALED_DESK in viewer.desks
    return Filter(
        organisation=viewer.organisation,
        contact=viewer.contact if viewer.told else None,
        all_open=viewer.national or (viewer.centre and viewer.organisation == _CENTRE),
        all_sealed=sealed_desk,
        status=status,
        before=before,
        limit=limit,
    )


def _guarded(action: Action) -> Guarded:
    """Who may know of a sealed action: its pre-briefed contacts and the acting force's named officer."""
    named: set[str] = set()
    if action.sealed and action.details:
        pre_brief = action.details.get("pre_brief", ())
        named = {f"{one['organisation']}/{one['contact']}" for one in pre_brief}
        if officer := action.details.get("named_officer"):
            named.add(f"{action.acting}/{officer}")
    return Guarded(acting=action.acting, sealed=action.sealed, named=frozenset(named))


def _record(action: Action, changed_at: datetime) -> Mapping[str, Any]:
    """All there is to show of an action; what nobody may see of it is left to the projection."""
    details = action.details or {}
    return {
        **as_data(replace(action, details=details)),
        "urgency": details.get("urgency"),
        "planned_for": details.get("planned_for"),
        "districts": _districts(details, changed_at),
    }


def _districts(details: Mapping[str, Any], at: datetime) -> list[str]:
    """The districts of the places, where that is certain."""
    found = []
    for place in details.get("places", ()):
        routing = reference().route(place.get("district"), place.get("postcode"), place.get("outcode"), at.date())
        if routing.authority:
            found.append(routing.authority)
    return sorted(set(found))


def _consulted(id: str, reader: str, viewer: Viewer, audience: Audience) -> Entry:
    return Entry(
        action=Did.CONSULTATION,
        record_kind="pursue_action",
        record_id=id,
        actor=reader,
        organisation=viewer.organisation,
        way=Way.API,
        detail={"audience": audience.value},
    )
