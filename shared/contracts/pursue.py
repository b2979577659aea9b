"""Pursue actions: what a force submits, and what tasking says when one changes."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, model_validator

from shared.contracts.model import Code, Contract, DistrictCode, Mode, Moment, Ref, Short, Text, Urgency

PREFIX: Final = "uk.nclcc.pursue-action."


class Verb(StrEnum):
    """What a force says happened to its action."""

    PROPOSED = "proposed"
    AUTHORISED = "authorised"
    EXECUTED = "executed"
    AMENDED = "amended"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    RETRACTED = "retracted"

    @property
    def type(self) -> str:
        return f"{PREFIX}{self.value}.v1"


class Place(Contract):
    """Where: the district code first; a postcode or an outcode where that is all there is."""

    ref: Ref
    district: DistrictCode | None = None
    postcode: Annotated[str, Field(max_length=9)] | None = None
    outcode: Annotated[str, Field(max_length=4)] | None = None
    kind: Literal["dwelling", "cuckooed_dwelling", "vehicle", "railway", "street", "hotel", "school", "other"] = "other"
    address: Short | None = None
    uprn: Annotated[str, Field(pattern=r"^\d{1,12}$")] | None = None
    risk: Text | None = None

    @model_validator(mode="after")
    def _says_where(self) -> "Place":
        if not (self.district or self.postcode or self.outcode):
            raise ValueError("a place needs a district, a postcode or an outcode")
        return self


class Identity(Contract):
    """Who a person is, as far as it is known."""

    name: Short | None = None
    date_of_birth: date | None = None
    age_estimate: Annotated[int, Field(ge=0, le=120)] | None = None
    sex: Literal["female", "male", "other", "unknown"] | None = None
    nhs_number: Annotated[str, Field(pattern=r"^\d{10}$")] | None = None
    pnc_id: Ref | None = None
    language: Short | None = None


class Missing(Contract):
    """A missing episode: its reference and, when over, when and where the person returned."""

    reference: Ref | None = None
    reported_at: Moment | None = None
    returned_at: Moment | None = None


class Exploitation(Contract):
    """What the National Referral Mechanism's form asks."""

    indicators: Annotated[list[Short], Field(max_length=30)] = []
    consent_given: bool | None = None
    first_responder: Short | None = None
    account: Text | None = None


class AdultCare(Contract):
    """What an adult safeguarding enquiry (Care Act 2014, section 42) starts from."""

    needs: Text | None = None
    wishes: Text | None = None
    capacity: Text | None = None


class DomesticAbuse(Contract):
    """An incident that a school may be told of (Operation Encompass)."""

    reference: Ref | None = None
    at: Moment | None = None
    place: Short | None = None
    circumstances: Text | None = None


class SupportScreening(Contract):
    """The three answers that voluntary support asks for before it rings."""

    safe_to_contact: bool | None = None
    wants_support: bool | None = None
    preferred_contact: Short | None = None


class PersonAtRisk(Contract):
    """A child or adult at risk. `ref` is the submitter's own within this action."""

    ref: Ref
    category: Literal["child", "adult", "unknown"]
    found_at: Ref | None = None
    home: Place | None = None
    looked_after_by: Code | None = None
    identity: Identity | None = None
    whereabouts_now: Text | None = None
    concern: Text | None = None
    immediate_risk: Text | None = None
    told: Annotated[list[Short], Field(max_length=20)] | None = None
    exploited: bool = False
    cuckooed: bool = False
    missing: Missing | None = None
    health_risk: Text | None = None
    nrm: Exploitation | None = None
    adult_care: AdultCare | None = None
    domestic_abuse: DomesticAbuse | None = None
    support: SupportScreening | None = None


class NamedContact(Contract):
    """A person of an organisation who may be told of a sealed action, by the id of their contact."""

    organisation: Code
    contact: Ref


class PartOf(Contract):
    """The joint action that this one is a part of: its lead, and the lead's own id of it."""

    lead: Code
    action_id: UUID


class Reporter(Contract):
    """Whom a recipient rings at the acting force."""

    unit: Short
    telephone: Annotated[str, Field(pattern=r"^[0-9 +()-]{3,20}$")] | None = None
    email: Annotated[str, Field(max_length=200, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None


class PursueDetails(Contract):
    """The whole of an action as its force knows it. Each submission that carries it replaces what was known."""

    title: Short | None = None
    line_id: UUID | None = None
    urgency: Urgency
    sealed: bool = False
    pre_brief: Annotated[list[NamedContact], Field(max_length=50)] = []
    named_officer: Ref | None = None
    planned_for: Moment | None = None
    executed_at: Moment | None = None
    places: Annotated[list[Place], Field(max_length=100)] = []
    people: Annotated[list[PersonAtRisk], Field(max_length=100)] = []
    reporter: Reporter | None = None
    part_of: PartOf | None = None
    parts: Annotated[list[Code], Field(max_length=60)] = []
    operation_name: Short | None = None
    summary: Text | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> "PursueDetails":
        places = {place.ref for place in self.places}
        if len(places) < len(self.places):
            raise ValueError("each place needs a ref of its own")
        if len({person.ref for person in self.people}) < len(self.people):
            raise ValueError("each person needs a ref of its own")
        if any(person.found_at and person.found_at not in places for person in self.people):
            raise ValueError("found_at must be the ref of one of the places")
        if not (self.places or self.line_id or self.parts):
            raise ValueError("an action names at least one place, a line, or the parts of a joint action")
        return self


class Submission(Contract):
    """What all seven have: the force's own id of the action, and the count of its submissions about it, from 1."""

    action_id: UUID
    revision: Annotated[int, Field(ge=1, le=100_000)]
    mode: Mode = Mode.LIVE


class WithDetails(Submission):
    """proposed, authorised, executed and amended carry the whole action."""

    action: PursueDetails


class WithReason(Submission):
    """cancelled and closed say why, or how it ended."""

    reason: Text


class Retraction(Submission):
    """Published in error: whoever had it is told at once to forget it."""

    reason: Literal["wrong_person", "wrong_place", "published_in_error", "other"]
    note: Text | None = None


SUBMISSIONS: Final[dict[str, type[Submission]]] = {
    Verb.PROPOSED.type: WithDetails,
    Verb.AUTHORISED.type: WithDetails,
    Verb.EXECUTED.type: WithDetails,
    Verb.AMENDED.type: WithDetails,
    Verb.CANCELLED.type: WithReason,
    Verb.CLOSED.type: WithReason,
    Verb.RETRACTED.type: Retraction,
}


class Status(StrEnum):
    """Where an action stands."""

    PROPOSED = "proposed"
    AUTHORISED = "authorised"
    EXECUTED = "executed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    RETRACTED = "retracted"


CHANGED: Final = "uk.nclcc.tasking.pursue-action-changed.v1"


class Part(Contract):
    """How one force's part of a joint action stands; `status` is None until it has reported."""

    organisation: Code
    pursue_action: UUID | None = None
    status: Status | None = None


class PursueActionChanged(Contract):
    """The whole state of an action after a change. `version` counts its changes; a reader drops a lower one."""

    pursue_action: UUID
    acting: Code
    action_id: UUID
    version: int
    change: Verb
    changed: list[str] = []
    status: Status
    sealed: bool
    released: bool
    backfill: bool = False
    details: PursueDetails
    reason: str | None = None
    occurred_at: Moment
    submission_id: str
    parts: list[Part] = []
    lead: UUID | None = None
