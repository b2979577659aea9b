"""The words that a playbook may use: what a rule is about, when it applies, and who receives its task."""

from enum import StrEnum
from typing import Final

CENTRE: Final = "nclcc"


class About(StrEnum):
    """What a task of the rule lists."""

    PEOPLE = "people"
    PLACES = "places"
    ACTION = "action"


class Condition(StrEnum):
    """When a rule applies."""

    ANY_PLACE = "any_place"
    CUCKOOED_ADDRESS = "cuckooed_address"
    CHILD_AT_RISK = "child_at_risk"
    CHILD_FOUND_AWAY_FROM_HOME = "child_found_away_from_home"
    ADULT_WITH_CARE_NEEDS = "adult_with_care_needs"
    HEALTH_RISK = "health_risk"
    YOUNG_PERSON_FOR_SUPPORT = "young_person_for_support"
    CANNOT_BE_ROUTED = "cannot_be_routed"
    NO_RULE_FOR_NATION = "no_rule_for_nation"
    INFORMATION_MISSING = "information_missing"


SUBJECT_OF: Final = {
    Condition.ANY_PLACE: About.PLACES,
    Condition.CUCKOOED_ADDRESS: About.PLACES,
    Condition.CHILD_AT_RISK: About.PEOPLE,
    Condition.CHILD_FOUND_AWAY_FROM_HOME: About.PEOPLE,
    Condition.ADULT_WITH_CARE_NEEDS: About.PEOPLE,
    Condition.HEALTH_RISK: About.PEOPLE,
    Condition.YOUNG_PERSON_FOR_SUPPORT: About.PEOPLE,
    Condition.CANNOT_BE_ROUTED: About.ACTION,
    Condition.NO_RULE_FOR_NATION: About.ACTION,
    Condition.INFORMATION_MISSING: About.ACTION,
}

CLOSING: Final = (Condition.CANNOT_BE_ROUTED, Condition.NO_RULE_FOR_NATION, Condition.INFORMATION_MISSING)
"""The conditions that look at what the other rules came to; each playbook has exactly one rule for each."""


class Resolver(StrEnum):
    """Who receives a task."""

    FORCE_OF_PLACE = "force_of_place"
    CHILDREN_OF_AREA = "children_of_area"
    EDT_OF_AREA = "edt_of_area"
    ADULTS_OF_AREA = "adults_of_area"
    HOST_AUTHORITY = "host_authority"
    HOME_AUTHORITY = "home_authority"
    HOUSING_OF_PLACE = "housing_of_place"
    HEALTH_OF_AREA = "health_of_area"
    VOLUNTARY_OF_FORCE = "voluntary_of_force"
    CENTRE = "centre"
    ACTING_FORCE = "acting_force"


DESK_OF: Final = {
    Resolver.FORCE_OF_PLACE: "safeguarding",
    Resolver.CHILDREN_OF_AREA: "children",
    Resolver.EDT_OF_AREA: "edt",
    Resolver.ADULTS_OF_AREA: "adults",
    Resolver.HOST_AUTHORITY: "children",
    Resolver.HOME_AUTHORITY: "children",
    Resolver.HOUSING_OF_PLACE: "housing",
    Resolver.HEALTH_OF_AREA: "health",
    Resolver.VOLUNTARY_OF_FORCE: "voluntary",
    Resolver.CENTRE: "duty",
    Resolver.ACTING_FORCE: "publisher",
}

NEEDS_A_PERSON: Final = frozenset(
    {Resolver.HOST_AUTHORITY, Resolver.HOME_AUTHORITY, Resolver.VOLUNTARY_OF_FORCE, Resolver.EDT_OF_AREA}
)
NEEDS_A_PLACE_OR_PERSON: Final = frozenset(Resolver) - {Resolver.CENTRE, Resolver.ACTING_FORCE}
