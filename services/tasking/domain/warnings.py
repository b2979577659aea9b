"""What a receipt warns of: things that look wrong and hold nothing up."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.tasking.domain.action import Facts, Heard
from shared.reference import Reason, reference

LINE_UNKNOWN: Final = "line_unknown"
PART_NOT_CONFIRMED: Final = "part_not_confirmed"
PREDECESSOR_MISSING: Final = "predecessor_missing"
_WRONG: Final = frozenset(
    {
        Reason.DISTRICT_UNKNOWN,
        Reason.POSTCODE_MALFORMED,
        Reason.POSTCODE_UNKNOWN,
        Reason.OUTSIDE_UK,
        Reason.CONTRADICTION,
    }
)
"""Straddling is no mistake: the centre's desk gets the candidates."""


def decide_warnings(heard: Heard, facts: Facts, now: datetime) -> tuple[str, ...]:
    """The rule, and after a colon the field where there may be several: `district-unknown: data.action.places[0]`."""
    return tuple(_warnings(heard, facts, now)) if heard.details else ()


def _warnings(heard: Heard, facts: Facts, now: datetime) -> Iterator[str]:
    details = heard.details or {}
    if (line := details.get("line_id")) and UUID(line) not in facts.lines:
        yield LINE_UNKNOWN
    if heard.lead is not None and heard.acting not in facts.leads.get(heard.lead, ()):
        yield PART_NOT_CONFIRMED
    for field, code in _named(details):
        if code not in facts.enrolled and code not in reference().organisations:
            yield f"organisation_unknown: {field}"
    for field, place in _places(details):
        reason = _routing_reason(place, now)
        if reason in _WRONG:
            yield f"{reason}: {field}"


def _named(details: Any) -> Iterator[tuple[str, str]]:
    for index, code in enumerate(details.get("parts", ())):
        yield f"data.action.parts[{index}]", code
    for index, person in enumerate(details.get("people", ())):
        if "looked_after_by" in person:
            yield f"data.action.people[{index}].looked_after_by", person["looked_after_by"]


def _places(details: Any) -> Iterator[tuple[str, Any]]:
    for index, place in enumerate(details.get("places", ())):
        yield f"data.action.places[{index}]", place
    for index, person in enumerate(details.get("people", ())):
        if "home" in person:
            yield f"data.action.people[{index}].home", person["home"]


def _routing_reason(place: Any, now: datetime) -> Reason | None:
    found = reference().route(place.get("district"), place.get("postcode"), place.get("outcode"), now.date())
    return found.reason
