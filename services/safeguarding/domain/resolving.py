"""Who receives a task: each resolver of the playbook's vocabulary gives organisations, or says what is open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.safeguarding.domain.action import age_of
from services.safeguarding.domain.conditions import home_holders, host_holders, may_be_at_home
from services.safeguarding.domain.geography import Ground, Located, Someone
from services.safeguarding.domain.vocabulary import CENTRE, DESK_OF, Resolver
from shared.reference import Candidate, Function, Nation

PLACE_UNKNOWN: Final = "It is not said where this person is."


@dataclass(frozen=True, slots=True)
class Subject:
    """What a task would be about: a place, or a person and where they are. `people` are refs that go along."""

    about: str
    at: Located | None
    someone: Someone | None = None
    people: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Who it is; none at all is an answer too, where nobody offers this here."""

    organisations: tuple[str, ...]
    nation: Nation | None


@dataclass(frozen=True, slots=True)
class Open:
    """Who it might be, and in words why that cannot be said."""

    reason: str
    candidates: tuple[Candidate, ...] = ()

    def shown(self) -> list[dict[str, Any]]:
        return [{"organisation": one.code, "share": one.share} for one in self.candidates]


Outcome = Found | Open


def resolve(resolver: Resolver, subject: Subject, ground: Ground, acting: str) -> Outcome:
    """The recipients by one resolver; the desk is `DESK_OF[resolver]`."""
    if resolver is Resolver.CENTRE:
        return Found((CENTRE,), None)
    if resolver is Resolver.ACTING_FORCE:
        return Found((acting,), _nation_of(acting, ground))
    return _RESOLVERS[resolver](subject, ground)


def resolve_route(
    resolvers: tuple[Resolver, ...], subjects: list[Subject], ground: Ground, acting: str, first: tuple[str, str]
) -> tuple[tuple[str, str], ...]:
    """Who is next, one after the other, when the first declines; what is not certain for all subjects is left out."""
    route: list[tuple[str, str]] = []
    for resolver in resolvers:
        outcomes = [resolve(resolver, subject, ground, acting) for subject in subjects]
        answers = {one.organisations if isinstance(one, Found) else () for one in outcomes}
        if len(answers) != 1:
            continue
        for organisation in answers.pop():
            stop = (organisation, DESK_OF[resolver])
            if stop != first and stop not in route:
                route.append(stop)
    return tuple(route)


def _force(subject: Subject, ground: Ground) -> Outcome:
    if subject.at is None:
        return Open(PLACE_UNKNOWN)
    if subject.at.force is None:
        return Open(_reason(subject.at), subject.at.routing.force_candidates)
    return Found((subject.at.force,), subject.at.nation)


def _holder(function: Function) -> Callable[[Subject, Ground], Outcome]:
    def by_place(subject: Subject, ground: Ground) -> Outcome:
        if subject.at is None:
            return Open(PLACE_UNKNOWN)
        return _certain(subject.at.holders(function), subject.at, ground)

    return by_place


def _children(subject: Subject, ground: Ground) -> Outcome:
    if subject.at is None and subject.someone is not None and subject.someone.guardian:
        return Found((subject.someone.guardian,), _nation_of(subject.someone.guardian, ground))
    return _holder(Function.CHILDREN)(subject, ground)


def _host(subject: Subject, ground: Ground) -> Outcome:
    if subject.someone is None or subject.someone.found is None:
        return Open(PLACE_UNKNOWN)
    return _certain(host_holders(subject.someone), subject.someone.found, ground)


def _home(subject: Subject, ground: Ground) -> Outcome:
    one = subject.someone
    if one is None or not (one.guardian or one.home):
        return Open("The home of this person is not known.")
    holders = home_holders(one)
    if may_be_at_home(one):
        return Open("Where this person was found is open, and may be in the home authority's own area.", holders)
    if one.guardian:
        return Found((one.guardian,), _nation_of(one.guardian, ground))
    assert one.home is not None
    return _certain(holders, one.home, ground)


def _voluntary(subject: Subject, ground: Ground) -> Outcome:
    """Support of the person's own area, else of the one where they were found."""
    one = subject.someone
    if one is None:
        return Found((), None)
    guardian = ground.reference.organisation(one.guardian).force if one.guardian else None
    age = age_of(one.person, ground.on)
    for force in (guardian, one.home and one.home.force, one.at and one.at.force):
        offers = ground.reference.voluntary_offers(force, ground.on) if force else ()
        taken = tuple(offer.organisation for offer in offers if age is None or age < offer.under_age)
        if force and taken:
            return Found(taken, _nation_of(force, ground))
    return Found((), None)


_RESOLVERS: Final[Mapping[Resolver, Callable[[Subject, Ground], Outcome]]] = {
    Resolver.FORCE_OF_PLACE: _force,
    Resolver.CHILDREN_OF_AREA: _children,
    Resolver.EDT_OF_AREA: _children,
    Resolver.ADULTS_OF_AREA: _holder(Function.ADULTS),
    Resolver.HOST_AUTHORITY: _host,
    Resolver.HOME_AUTHORITY: _home,
    Resolver.HOUSING_OF_PLACE: _holder(Function.HOUSING),
    Resolver.HEALTH_OF_AREA: _holder(Function.HEALTH),
    Resolver.VOLUNTARY_OF_FORCE: _voluntary,
}


def _certain(holders: tuple[Candidate, ...], place: Located, ground: Ground) -> Outcome:
    # floating shares of one body's districts may add up to a hair below one
    if len(holders) == 1 and (holders[0].share or 0.0) > 1.0 - 1e-9:
        return Found((holders[0].code,), place.nation or _nation_of(holders[0].code, ground))
    return Open(_reason(place), holders)


def _reason(place: Located) -> str:
    if place.routing.reason is not None:
        return place.routing.reason.explanation
    return "The district is split between bodies: the address decides."


def _nation_of(code: str, ground: Ground) -> Nation | None:
    organisation = ground.reference.organisations.get(code)
    return organisation.nation if organisation else None
