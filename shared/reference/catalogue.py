"""The one door to the reference facts: organisations, authorities, routing and who holds a function."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

from shared.reference.directory import PostcodeDirectory
from shared.reference.facts import (
    Authority,
    Candidate,
    Function,
    Organisation,
    Routing,
    VoluntaryOffer,
)
from shared.reference.routing import decide_routing
from shared.reference.tables import Tables, tables


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reference:
    """The reference facts in memory; immutable, safe to share between threads."""

    organisations: Mapping[str, Organisation]
    _tables: Tables

    @staticmethod
    def load() -> "Reference":
        """The one instance of this process; the first call reads the tables (tens of milliseconds)."""
        return reference()

    def organisation(self, code: str) -> Organisation:
        """The organisation of a code; KeyError if there is none."""
        return self.organisations[code]

    def authority(self, lad_code: str, on: date) -> Authority | None:
        """The district that a code names on a day; former and later codes find the row that holds then.

        None if the code is unknown, or if a merger or split left no single row on that day.
        """
        return self._tables.authority(lad_code, on)

    def authorities(self, on: date) -> tuple[Authority, ...]:
        """Every district that exists on a day."""
        return tuple(row for row in self._tables.authorities.values() if row.holds_on(on))

    def route(
        self,
        place_district: str | None,
        postcode: str | None,
        outcode: str | None,
        on: date,
        directory: PostcodeDirectory | None = None,
    ) -> Routing:
        """The force and the authority of a place on a day, or candidates with the rule that left it open."""
        return decide_routing(self._tables, place_district, postcode, outcode, on, directory)

    def responsible(self, routing: Routing, function: Function, on: date) -> tuple[Candidate, ...]:
        """Who may hold a function at a routed place: one candidate with share 1.0 is the answer.

        A place between two districts of one county still has one children's service. Where a district's share
        is not held, neither is its holder's, unless all agree. Unsound inputs never give an answer. Empty if
        nothing is known of the place.
        """
        places = (Candidate(routing.authority, 1.0),) if routing.authority else routing.authority_candidates
        shares: dict[str, float | None] = {}
        for place in places:
            authority = self.authority(place.code, on)
            for holder in authority.candidates(function) if authority else ():
                shares[holder.code] = _sum(shares.get(holder.code, 0.0), _product(place.share, holder.share))
        if len(shares) == 1 and routing.is_sound:
            return tuple(Candidate(code, 1.0) for code in shares)
        return tuple(Candidate(code, share) for code, share in shares.items())

    def voluntary_offers(self, force: str, on: date) -> tuple[VoluntaryOffer, ...]:
        """The voluntary support that operates in a force area on a day."""
        return self._tables.voluntary_offers(force, on)


@cache
def reference() -> Reference:
    """The one instance of this process."""
    found = tables()
    return Reference(MappingProxyType(found.organisations), found)


def _sum(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left + right


def _product(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left * right
