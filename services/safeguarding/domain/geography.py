"""Where an action's places and people are, and which bodies answer there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.safeguarding.domain.action import HOME, Action, people_of, places_of
from shared.reference import Candidate, Function, Nation, Reference, Routing, nation_of, normalise_postcode


@dataclass(frozen=True, slots=True)
class Postcodes:
    """The rows of the postcode directory that a batch needs: normalised postcode to district code."""

    rows: Mapping[str, str] = field(default_factory=dict)

    def lookup(self, postcode: str) -> str | None:
        return self.rows.get(postcode)


@dataclass(frozen=True, slots=True)
class Ground:
    """What places are worked out by, on one day."""

    reference: Reference
    on: date
    postcodes: Postcodes = field(default_factory=Postcodes)


@dataclass(frozen=True, slots=True)
class Located:
    """A place and where it lies. `ref` is its own, or `p1/home` for the home of person p1."""

    ref: str
    place: Mapping[str, Any]
    routing: Routing
    nation: Nation | None
    ground: Ground

    @property
    def force(self) -> str | None:
        return self.routing.force

    def holders(self, function: Function) -> tuple[Candidate, ...]:
        """Who holds a function here: one candidate with share 1.0 is the answer."""
        return self.ground.reference.responsible(self.routing, function, self.ground.on)


@dataclass(frozen=True, slots=True)
class Someone:
    """A person at risk and where they are. `at` is where they were found, else their home, else the only place."""

    person: Mapping[str, Any]
    at: Located | None
    found: Located | None
    home: Located | None
    guardian: str | None
    """The authority that looks after the child, if it is one that the tables know."""

    @property
    def ref(self) -> str:
        return str(self.person["ref"])


@dataclass(frozen=True, slots=True)
class Scene:
    """All places and people of an action."""

    places: Sequence[Located]
    people: Sequence[Someone]


def normal_postcodes(texts: Sequence[str]) -> list[str]:
    """The postcodes as the directory holds them; what has not the form of one is left out."""
    return sorted({normal for text in texts if (normal := normalise_postcode(text)) is not None})


def locate(place: Mapping[str, Any], ref: str, ground: Ground) -> Located:
    """Route one place; nothing is guessed."""
    routing = ground.reference.route(
        place.get("district"), place.get("postcode"), place.get("outcode"), ground.on, ground.postcodes
    )
    return Located(ref, place, routing, _nation(routing, ground), ground)


def survey(action: Action, areas: Sequence[str], ground: Ground) -> Scene:
    """Where everything of an action is; `areas` are the districts where its line arrives."""
    places = [locate(place, place["ref"], ground) for place in places_of(action, areas)]
    by_ref = {place.ref: place for place in places}
    return Scene(places, [_someone(person, by_ref, ground) for person in people_of(action)])


def _someone(person: Mapping[str, Any], places: Mapping[str, Located], ground: Ground) -> Someone:
    found = places.get(person.get("found_at") or "")
    address = person.get("home")
    home = locate(address, f"{person['ref']}{HOME}", ground) if address else None
    only = next(iter(places.values())) if len(places) == 1 else None
    guardian = person.get("looked_after_by")
    known = guardian if guardian in ground.reference.organisations else None
    return Someone(person, found or home or (None if known else only), found, home, known)


def _nation(routing: Routing, ground: Ground) -> Nation | None:
    """The nation, where every district that may be meant lies in the same one."""
    codes = [routing.authority] if routing.authority else [one.code for one in routing.authority_candidates]
    nations = {nation_of(code) for code in codes}
    if len(nations) == 1:
        return nations.pop()
    return ground.reference.organisation(routing.force).nation if routing.force else None
