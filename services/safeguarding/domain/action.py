"""A Pursue action as safeguarding keeps it: the newest state that tasking told, and what of it a task may hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from shared.contracts.pursue import Status

AREA: Final = "area-"
"""Begins the ref of a place that is a district where the action's line runs."""
HOME: Final = "/home"
"""Ends the ref of a place that is the home of a person: `p1/home`."""

_OVER: Final = (Status.CANCELLED, Status.RETRACTED)


@dataclass(frozen=True, slots=True)
class Action:
    """One version of an action. `details` is the contract's PursueDetails as a JSON object."""

    id: UUID
    acting: str
    action_id: str
    version: int
    status: Status
    sealed: bool
    backfill: bool
    details: Mapping[str, Any]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Action":
        """From the `data` of tasking's event, which is trusted to have the contract's form."""
        return cls(
            id=UUID(data["pursue_action"]),
            acting=data["acting"],
            action_id=str(data["action_id"]),
            version=data["version"],
            status=Status(data["status"]),
            sealed=data["sealed"],
            backfill=data.get("backfill", False),
            details=data["details"],
        )

    @property
    def urgency(self) -> str:
        return str(self.details["urgency"])

    @property
    def line(self) -> UUID | None:
        """The line, where the action names no place of its own."""
        line = self.details.get("line_id")
        return UUID(line) if line and not self.details.get("places") else None

    @property
    def wants_tasks(self) -> bool:
        """Whether anybody is still to be told; a closed action's tasks stay."""
        return self.status not in _OVER

    @property
    def named_officer(self) -> str | None:
        """The acting force's own named officer, on whom sealed alerts end."""
        return self.details.get("named_officer")

    def pre_brief_of(self, organisation: str) -> tuple[str, ...]:
        """The contacts of an organisation who may know of the action while it is sealed, in order."""
        named = self.details.get("pre_brief") or ()
        return tuple(one["contact"] for one in named if one["organisation"] == organisation)


def people_of(action: Action) -> list[Mapping[str, Any]]:
    return list(action.details.get("people") or ())


def places_of(action: Action, areas: Iterable[str] = ()) -> list[Mapping[str, Any]]:
    """The places that the action names, else the districts where its line arrives."""
    named = list(action.details.get("places") or ())
    return named or [area_place(district) for district in areas]


def area_place(district: str) -> Mapping[str, Any]:
    return {"ref": f"{AREA}{district}", "district": district, "kind": "other"}


def postcodes_of(action: Action) -> list[str]:
    """The postcodes that only a postcode directory can place: those that no district code goes with."""
    homes = [person["home"] for person in people_of(action) if person.get("home")]
    places = [*places_of(action), *homes]
    return [place["postcode"] for place in places if place.get("postcode") and not place.get("district")]


def facts_for(
    action: Action, people: Iterable[str], places: Iterable[str], context: Mapping[str, Any]
) -> dict[str, Any]:
    """What a task about these people and places may draw its minimum data from."""
    by_ref = {person["ref"]: person for person in people_of(action)}
    executed = action.details.get("executed_at")
    return {
        **context,
        "action": {
            "urgency": action.urgency,
            "status": action.status.value,
            "executed_at": executed,
            "summary": action.details.get("summary"),
            "reporter": action.details.get("reporter"),
        },
        "people": [by_ref[ref] for ref in people if ref in by_ref],
        "places": [place for ref in places if (place := _place(action, ref)) is not None],
    }


def _place(action: Action, ref: str) -> Mapping[str, Any] | None:
    named = next((place for place in places_of(action) if place["ref"] == ref), None)
    if named is not None:
        return named
    if ref.endswith(HOME):
        person = next((one for one in people_of(action) if one["ref"] == ref.removesuffix(HOME)), None)
        return {**person["home"], "ref": ref} if person and person.get("home") else None
    return area_place(ref.removeprefix(AREA)) if ref.startswith(AREA) else None


def age_of(person: Mapping[str, Any], on: date) -> int | None:
    """Whole years on a day, by the date of birth or else the estimate."""
    identity = person.get("identity") or {}
    born = identity.get("date_of_birth")
    if born:
        birth = date.fromisoformat(born)
        return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
    estimate = identity.get("age_estimate")
    return int(estimate) if estimate is not None else None


def is_child(person: Mapping[str, Any], on: date) -> bool:
    """Under 18; where nothing is known of the age, a child is presumed (Modern Slavery Act 2015, section 51)."""
    if person["category"] == "child":
        return True
    age = age_of(person, on)
    return age < 18 if age is not None else person["category"] == "unknown"
