"""The form of a roster: organisations' contacts, rotas and escalation policies, field by field."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from services.notify.channels.message import Address, ChannelName, Urgency
from services.notify.escalation import DUTY_DESK, NextShift, Policy, Step, Target, TargetKind
from services.notify.rota import Override, Rota, Shift, is_wall_time, moment_of

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Code = Annotated[str, Field(pattern=r"^[a-z0-9-]{2,60}$")]
Ref = Annotated[str, Field(pattern=r"^[a-z0-9-]{2,60}/[a-z0-9-]{2,60}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Minutes = Annotated[float, Field(gt=0, le=60 * 24 * 14)]

_MAILBOX = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9.-]{1,253}")
_NUMBER = re.compile(r"\+?[0-9][0-9 ]{8,18}")


class _Model(BaseModel):
    # hide_input: pydantic's own text of an error would otherwise repeat what was written.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RosterChannel(_Model):
    """One way to reach a contact. A webhook names its signing secret, which is not in this file."""

    channel: ChannelName
    address: Text
    secret_name: Code | None = None

    @model_validator(mode="after")
    def _address_fits(self) -> Self:
        if not _fits(self.channel, self.address):
            raise ValueError(f"address: does not fit the channel ({_FORMS[self.channel]})")
        if (self.channel == "webhook") != (self.secret_name is not None):
            raise ValueError("secret_name: given for a webhook, and for nothing else")
        return self

    def to_address(self, secret: str | None = None) -> Address:
        """For hand_over; the caller looks `secret_name` up."""
        return Address(self.channel, self.address, secret)


class RosterContact(_Model):
    """A person or a staffed post: the desk that it belongs to, and its channels in the order to be tried.

    Only one that is `named` may be told of something sealed, and until `valid_until` if that is given.
    """

    id: Code
    name: Text
    role: Text
    desk: Code
    channels: Annotated[tuple[RosterChannel, ...], Field(min_length=1)]
    named: bool = False
    valid_until: AwareDatetime | None = None


class RosterShift(_Model):
    """The same hours on several weekdays. An end at or before the start is on the next day."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)]
    start: str
    end: str
    contact: Code

    @field_validator("start", "end")
    @classmethod
    def _on_the_wall(cls, value: str) -> str:
        if not is_wall_time(value):
            raise ValueError("HH:MM in London time, 00:00 to 23:59")
        return value


class RosterOverride(_Model):
    """Another contact for a time: `2026-12-25T09:00`, London time unless an offset is written."""

    start: datetime
    end: datetime
    contact: Code

    @field_validator("start", "end")
    @classmethod
    def _in_london(cls, value: datetime) -> datetime:
        return value if value.tzinfo else moment_of(value.date(), value.time())

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.end.astimezone(UTC) <= self.start.astimezone(UTC):
            raise ValueError("end: after the start")
        return self


class RosterRota(_Model):
    """The weekly rota of one desk."""

    desk: Code
    shifts: tuple[RosterShift, ...] = ()
    overrides: tuple[RosterOverride, ...] = ()

    def to_rota(self, organisation: str) -> Rota:
        """The pure rota, with contacts as `<organisation>/<contact id>`."""
        shifts = (
            Shift(DAYS.index(day), shift.start, shift.end, f"{organisation}/{shift.contact}")
            for shift in self.shifts
            for day in shift.days
        )
        overrides = (Override(one.start, one.end, f"{organisation}/{one.contact}") for one in self.overrides)
        return Rota(tuple(shifts), tuple(overrides))


class RosterTarget(_Model):
    kind: TargetKind
    ref: Ref


class RosterStep(_Model):
    """`minutes` until the next step, or `next_shift` for as long as that takes."""

    delay: Literal["next_shift"] | Minutes
    targets: Annotated[tuple[RosterTarget, ...], Field(min_length=1)]

    def to_step(self) -> Step:
        delay = NextShift() if self.delay == "next_shift" else timedelta(minutes=self.delay)
        return Step(delay, tuple(Target(one.kind, one.ref) for one in self.targets))


class RosterPolicy(_Model):
    """How alerts of one urgency climb for one desk. The fallback is always the centre's duty desk."""

    desk: Code
    urgency: Urgency
    repeat: Annotated[int, Field(ge=0, le=10)] = 0
    steps: Annotated[tuple[RosterStep, ...], Field(min_length=1)]

    def to_policy(self) -> Policy:
        return Policy(tuple(step.to_step() for step in self.steps), self.repeat, DUTY_DESK)


class RosterOrganisation(_Model):
    """What notify knows about one organisation."""

    code: Code
    contacts: tuple[RosterContact, ...] = ()
    rotas: tuple[RosterRota, ...] = ()
    policies: tuple[RosterPolicy, ...] = ()

    def desk(self, name: str) -> list[RosterContact]:
        """The contacts of one desk."""
        return [contact for contact in self.contacts if contact.desk == name]


class Roster(_Model):
    """A whole file."""

    version: Literal["1"]
    organisations: Annotated[tuple[RosterOrganisation, ...], Field(min_length=1)]


_FORMS: dict[ChannelName, str] = {
    "webhook": "an https URL",
    "smtp": "a mailbox",
    "govuk_sms": "a telephone number",
    "govuk_email": "a mailbox",
    "log": "any text",
}


def _fits(channel: ChannelName, address: str) -> bool:
    match channel:
        case "webhook":
            return _is_web_address(address)
        case "smtp" | "govuk_email":
            return bool(_MAILBOX.fullmatch(address))
        case "govuk_sms":
            return bool(_NUMBER.fullmatch(address))
        case "log":
            return True


def _is_web_address(address: str) -> bool:
    """https; plain http to loopback too, which the channel itself allows only where a setting says so."""
    try:
        url = urlsplit(address)
    except ValueError:
        return False
    local = url.scheme == "http" and url.hostname in {"127.0.0.1", "localhost", "::1"}
    return bool(url.hostname) and (url.scheme == "https" or local)
