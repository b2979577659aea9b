"""When a rule applies: each condition of the playbook's vocabulary as a plain predicate."""

from collections.abc import Callable, Mapping
from typing import Final

from services.safeguarding.domain.action import age_of, is_child
from services.safeguarding.domain.geography import Ground, Located, Scene, Someone
from services.safeguarding.domain.vocabulary import Condition
from shared.reference import Candidate, Function

SUPPORT_AGE: Final = 25
"""Voluntary support is for people below this age; an offer may set a lower one."""


def host_holders(one: Someone) -> tuple[Candidate, ...]:
    """The children's service of the place where a person was found."""
    return one.found.holders(Function.CHILDREN) if one.found else ()


def home_holders(one: Someone) -> tuple[Candidate, ...]:
    """The authority that looks after the child, else the children's service of the home."""
    if one.guardian:
        return (Candidate(one.guardian, 1.0),)
    return one.home.holders(Function.CHILDREN) if one.home else ()


def is_away(one: Someone) -> bool:
    """Found somewhere that is not certainly the home authority's own area."""
    if one.found is None or not (one.home or one.guardian):
        return False
    host, home = host_holders(one), home_holders(one)
    return not (len(host) == len(home) == 1 and host[0].code == home[0].code)


def may_be_at_home(one: Someone) -> bool:
    """Whether the place of finding is open and may turn out to be the home authority's."""
    host = {candidate.code for candidate in host_holders(one)}
    home = {candidate.code for candidate in home_holders(one)}
    return not host or (len(host) > 1 and not host.isdisjoint(home))


def _child_at_risk(one: Someone, ground: Ground) -> bool:
    return is_child(one.person, ground.on)


def _child_found_away(one: Someone, ground: Ground) -> bool:
    return is_child(one.person, ground.on) and is_away(one)


def _adult_with_care_needs(one: Someone, ground: Ground) -> bool:
    return one.person.get("adult_care") is not None and not is_child(one.person, ground.on)


def _health_risk(one: Someone, ground: Ground) -> bool:
    return bool(one.person.get("health_risk"))


def _young_person_for_support(one: Someone, ground: Ground) -> bool:
    age = age_of(one.person, ground.on)
    young = age < SUPPORT_AGE if age is not None else is_child(one.person, ground.on)
    refused = (one.person.get("support") or {}).get("wants_support") is False
    return young and not refused and (bool(one.person.get("exploited")) or is_away(one))


OF_PEOPLE: Final[Mapping[Condition, Callable[[Someone, Ground], bool]]] = {
    Condition.CHILD_AT_RISK: _child_at_risk,
    Condition.CHILD_FOUND_AWAY_FROM_HOME: _child_found_away,
    Condition.ADULT_WITH_CARE_NEEDS: _adult_with_care_needs,
    Condition.HEALTH_RISK: _health_risk,
    Condition.YOUNG_PERSON_FOR_SUPPORT: _young_person_for_support,
}


def places_touched(scene: Scene) -> list[tuple[Located, tuple[str, ...]]]:
    """Every place of the action, and the homes of people who were not found elsewhere, with who is there."""
    homes = [one.home for one in scene.people if one.home is not None and one.at is one.home]
    return [(place, tuple(one.ref for one in scene.people if one.at is place)) for place in (*scene.places, *homes)]


def cuckooed_addresses(scene: Scene) -> list[tuple[Located, tuple[str, ...]]]:
    """The addresses that were taken over, with the occupants who were; nobody else who was met there."""
    found: dict[str, tuple[Located, list[str]]] = {
        place.ref: (place, []) for place in scene.places if place.place.get("kind") == "cuckooed_dwelling"
    }
    for one in scene.people:
        if not one.person.get("cuckooed"):
            continue
        known = one.found is not None and one.found.ref in found
        address = one.found if known else one.home or one.at
        if address is not None:
            found.setdefault(address.ref, (address, []))[1].append(one.ref)
    return [(place, tuple(people)) for place, people in found.values()]


OF_PLACES: Final[Mapping[Condition, Callable[[Scene], list[tuple[Located, tuple[str, ...]]]]]] = {
    Condition.ANY_PLACE: places_touched,
    Condition.CUCKOOED_ADDRESS: cuckooed_addresses,
}
