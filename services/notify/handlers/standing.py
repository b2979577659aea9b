"""Whether a contact may be told of what is sealed, at this moment."""

from dataclasses import replace

from services.notify.domain.states import Alert
from services.notify.repository.roster import find_contact
from shared.bus.work import Work
from shared.disclosure import Viewer, may_be_told
from shared.disclosure.audience import CENTRE, SEALED_DESK


async def standing(work: Work, viewer: Viewer) -> Viewer:
    """The viewer, and whether their contact may be told of what is sealed."""
    if viewer.ref is None:
        return viewer
    contact = await find_contact(work, viewer.ref)
    return replace(viewer, told=contact is not None and may_be_told(contact.named, contact.valid_until, work.now))


async def still_holds(work: Work, alert: Alert, ref: str) -> bool:
    """Whether the link of an alert is still good for its holder: one of a sealed alert ends with their standing.

    The sealed desk's own people need not be named: its alerts must never be without anybody.
    """
    if not alert.sealed:
        return True
    contact = await find_contact(work, ref)
    if contact is None:
        return False
    named = contact.named or (contact.organisation, contact.desk) == (CENTRE, SEALED_DESK)
    return may_be_told(named, contact.valid_until, work.now)
