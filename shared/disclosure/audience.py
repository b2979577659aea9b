"""The one visibility function: for rows, topics, alerts, counts, streams and pages alike."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

CENTRE: Final = "nclcc"
SEALED_DESK: Final = "sealed"


class Audience(StrEnum):
    """In which capacity somebody looks at one record. What is not decided here is NOBODY."""

    NOBODY = "nobody"
    SERVICE = "service"
    ACTING = "acting"
    RECIPIENT = "recipient"
    NAMED = "named"
    CENTRE = "centre"
    NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a person by token, an organisation's inbox, or a national stream.

    `contact` is the id of the person's own contact record; an inbox and a stream have none, so that nothing sealed
    can ever match them. `told` says that this contact may be told of sealed things at this moment (`may_be_told`); a
    token alone does not say so.
    """

    organisation: str
    contact: str | None = None
    told: bool = False
    desks: frozenset[str] = frozenset()
    centre: bool = False
    national: bool = False
    service: bool = False

    @property
    def ref(self) -> str | None:
        """The person as sealed things name them: a contact's id is unique within its organisation only."""
        return f"{self.organisation}/{self.contact}" if self.contact and self.organisation else None

    @classmethod
    def inbox(cls, code: str) -> "Viewer":
        """What the topic, the cursor API and the webhooks of an organisation may carry."""
        return cls(organisation=code, centre=code == CENTRE)

    @classmethod
    def national_stream(cls) -> "Viewer":
        return cls(organisation="", national=True)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What visibility is decided by. `named` are the contacts (`organisation/contact`) who may know of it sealed."""

    acting: str
    recipients: frozenset[str] = field(default_factory=frozenset)
    sealed: bool = False
    named: frozenset[str] = field(default_factory=frozenset)


def may_be_told(named: bool, valid_until: datetime | None, now: datetime) -> bool:
    """Whether a contact counts for sealed things at `now`: its organisation names it, and it has not run out."""
    return named and (valid_until is None or valid_until > now)


def audience_of(viewer: Viewer, guarded: Guarded) -> Audience:
    """The capacity in which `viewer` may see the record; NOBODY looks the same as a record that does not exist.

    Sealed: a named person, or a person of the centre's sealed desk; no organisation as such, the acting one included.
    """
    if guarded.sealed:
        named = viewer.told and viewer.ref is not None and viewer.ref in guarded.named
        sealed_desk = viewer.contact is not None and viewer.organisation == CENTRE and SEALED_DESK in viewer.desks
        return Audience.NAMED if named or sealed_desk else Audience.NOBODY
    if viewer.organisation and viewer.organisation in guarded.recipients:
        return Audience.RECIPIENT
    if viewer.organisation and viewer.organisation == guarded.acting:
        return Audience.ACTING
    if viewer.centre and viewer.organisation == CENTRE:
        return Audience.CENTRE
    return Audience.NATIONAL if viewer.national else Audience.NOBODY


def can_see(viewer: Viewer, guarded: Guarded) -> bool:
    """Whether `viewer` may know that the record exists."""
    return audience_of(viewer, guarded) is not Audience.NOBODY
