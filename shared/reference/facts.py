"""The shapes of the reference facts: organisations, authorities, candidates and where a place lies."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Nation(StrEnum):
    """The nation whose law and bank holidays apply."""

    ENGLAND = "England"
    WALES = "Wales"
    SCOTLAND = "Scotland"
    NORTHERN_IRELAND = "Northern Ireland"


class Kind(StrEnum):
    """What an organisation is. `authority` includes Scotland's health and social care partnerships."""

    FORCE = "force"
    ROCU = "rocu"
    AUTHORITY = "authority"
    HEALTH = "health"
    VOLUNTARY = "voluntary"
    CENTRE = "centre"
    HOUSING_BODY = "housing_body"
    EDUCATION_BODY = "education_body"
    NATIONAL_AGENCY = "national_agency"


class Function(StrEnum):
    """A public function that some organisation holds for every district."""

    CHILDREN = "children"
    ADULTS = "adults"
    HOUSING = "housing"
    EDUCATION = "education"
    HEALTH = "health"


class Reason(StrEnum):
    """The rule that kept a place from being routed outright: a stable value, and words for people."""

    NO_PLACE = "no-place"
    DISTRICT_UNKNOWN = "district-unknown"
    POSTCODE_MALFORMED = "postcode-malformed"
    POSTCODE_UNKNOWN = "postcode-unknown"
    OUTSIDE_UK = "outside-uk"
    CONTRADICTION = "contradiction"
    STRADDLES_FORCES = "straddles-forces"
    STRADDLES_DISTRICTS = "straddles-districts"
    DISTRICTS_NOT_HELD = "districts-not-held"

    @property
    def explanation(self) -> str:
        """One sentence that names the rule and never the submitted value."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    Reason.NO_PLACE: "The place names no district code, postcode or outcode.",
    Reason.DISTRICT_UNKNOWN: "No local authority district holds this code on that date.",
    Reason.POSTCODE_MALFORMED: "This is not the form of a United Kingdom postcode or outcode.",
    Reason.POSTCODE_UNKNOWN: "No geographic outcode in the table covers this postcode.",
    Reason.OUTSIDE_UK: "The place lies in Ireland, a Crown dependency or an overseas territory.",
    Reason.CONTRADICTION: "The district code, postcode and outcode do not name the same place.",
    Reason.STRADDLES_FORCES: "The postcode area lies in more than one force area: give the district code.",
    Reason.STRADDLES_DISTRICTS: "The postcode area lies in more than one district: give the district code.",
    Reason.DISTRICTS_NOT_HELD: "The tables tie this outcode to no district: give the district code.",
}


@dataclass(frozen=True, slots=True)
class Organisation:
    """Anyone whom a task can be routed to.

    `code` is an immutable slug. `country` is where it operates, in words; `nation` is None where that is more
    than one. `force` is the force whose area it lies in, `rocu` the organisation code of its regional unit;
    both are None where there is none: a health body follows no force area. `effective_to` is the first day on
    which it no longer holds; a date that is None is no known limit.
    """

    code: str
    name: str
    kind: Kind
    country: str
    nation: Nation | None
    force: str | None
    rocu: str | None
    effective_from: date | None
    effective_to: date | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer: a force, district or organisation code, with its share (0 to 1) of the place.

    Shares are of postcodes (in Northern Ireland's health trusts, of area); None where the tables hold none.
    """

    code: str
    share: float | None


@dataclass(frozen=True, slots=True)
class Authority:
    """A local authority district on a date, and the organisation codes that hold each function there.

    `children`, `adults` and `health` are None where the district is split between bodies and only
    `health_candidates` are known. Children's and adult care are split only in Northern Ireland, where they
    are the health trusts' own. `effective_to` is the first day on which the row no longer holds.
    """

    lad_code: str
    name: str
    nation: Nation
    force: str
    rocu: str | None
    organisation: str
    children: str | None
    adults: str | None
    housing: str
    education: str
    health: str | None
    health_candidates: tuple[Candidate, ...]
    effective_from: date | None
    effective_to: date | None

    @property
    def country(self) -> str:
        """The nation, as the tables write it."""
        return self.nation.value

    def holds_on(self, on: date) -> bool:
        """Whether this row is in force on a day."""
        return in_effect(self.effective_from, self.effective_to, on)

    def candidates(self, function: Function) -> tuple[Candidate, ...]:
        """Who may hold a function here: one candidate with share 1.0 is the answer."""
        answers = {
            Function.CHILDREN: self.children,
            Function.ADULTS: self.adults,
            Function.HOUSING: self.housing,
            Function.EDUCATION: self.education,
            Function.HEALTH: self.health,
        }
        answer = answers[function]
        return self.health_candidates if answer is None else (Candidate(answer, 1.0),)


@dataclass(frozen=True, slots=True)
class Routing:
    """Where a place lies: a force slug and a district code, or candidates for what is not certain.

    Candidates are empty where there is an answer, and have no shares where the inputs are unsound. `reason`
    is None only when both force and authority are answered.
    """

    force: str | None
    authority: str | None
    force_candidates: tuple[Candidate, ...]
    authority_candidates: tuple[Candidate, ...]
    reason: Reason | None

    @property
    def is_sound(self) -> bool:
        """Whether the inputs agree and were understood, so that at most their precision is lacking."""
        return self.reason is None or self.reason in _IMPRECISE


_IMPRECISE = frozenset({Reason.STRADDLES_FORCES, Reason.STRADDLES_DISTRICTS, Reason.DISTRICTS_NOT_HELD})


@dataclass(frozen=True, slots=True)
class VoluntaryOffer:
    """A voluntary organisation's support in one force area, for people below an age."""

    organisation: str
    force: str
    under_age: int


def in_effect(effective_from: date | None, effective_to: date | None, on: date) -> bool:
    """Whether `on` lies in the half-open range; None is no limit."""
    return (effective_from is None or effective_from <= on) and (effective_to is None or on < effective_to)


_NATION_BY_INITIAL = {
    "E": Nation.ENGLAND,
    "W": Nation.WALES,
    "S": Nation.SCOTLAND,
    "N": Nation.NORTHERN_IRELAND,
}


def nation_of(lad_code: str) -> Nation:
    """The nation of a district code, by the initial that ONS gives it; ValueError if it is none."""
    nation = _NATION_BY_INITIAL.get(lad_code.strip().upper()[:1])
    if nation is None:
        raise ValueError("not the code of a district of the United Kingdom")
    return nation
