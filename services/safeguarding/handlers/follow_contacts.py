"""Who may be told of what is sealed: keep our copy of notify's contacts, and look there before anything is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.safeguarding.repository import find_contact, save_contacts
from shared.bus.record import Delivery
from shared.bus.work import Work
from shared.disclosure import Viewer, may_be_told


async def follow_contacts(work: Work, deliveries: Sequence[Delivery]) -> None:
    """A contact that is no longer named stays, and may be told nothing."""
    save_contacts(work, [_row(delivery.event.data) for delivery in deliveries])


async def standing(work: Work, viewer: Viewer) -> Viewer:
    """The viewer, and whether their contact may be told of what is sealed at this moment."""
    if viewer.contact is None:
        return viewer
    contact = await find_contact(work, viewer.organisation, viewer.contact)
    told = contact is not None and may_be_told(contact.named, contact.valid_until, work.now)
    return replace(viewer, told=told)


def _row(data: Mapping[str, Any]) -> dict[str, Any]:
    until = data.get("valid_until")
    return {
        "organisation": data["organisation"],
        "contact": data["contact"],
        "named": data["named"],
        "valid_until": datetime.fromisoformat(until) if until else None,
        "version": data["version"],
    }
