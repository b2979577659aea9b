"""Where a place lies: the decision from district code, postcode and outcode to a force and an authority.

A share of 1.0 is an answer; anything less is candidates. The district code wins; after it a full postcode in
the directory, then the postcode's sector, then its outcode. Inputs that contradict each other answer nothing.
"""

from dataclasses import dataclass
from datetime import date

from shared.reference.directory import PostcodeDirectory
from shared.reference.facts import Authority, Candidate, Reason, Routing
from shared.reference.postcodes import (
    is_outside_uk,
    normalise_outcode,
    normalise_postcode,
    outcode_of,
    sector_of,
)
from shared.reference.tables import Tables

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one input says of the place; `outcode` is None where it names none."""

    forces: tuple[Candidate, ...]
    districts: tuple[Candidate, ...]
    outcode: str | None = None

    def agrees_with(self, other: "Evidence") -> bool:
        """Whether both may mean the same place: some district in common, and no two different outcodes."""
        one_outcode = self.outcode is None or other.outcode is None or self.outcode == other.outcode
        return one_outcode and not _codes(self.districts).isdisjoint(_codes(other.districts))


def decide_routing(
    tables: Tables,
    place_district: str | None,
    postcode: str | None,
    outcode: str | None,
    on: date,
    directory: PostcodeDirectory | None = None,
) -> Routing:
    """The force and the authority of a place on a day, or candidates and the rule that left it open."""
    found: list[Evidence | Reason] = []
    if place_district:
        found.append(_by_district(tables, place_district, on))
    if postcode:
        found.append(_by_postcode(tables, postcode, on, directory))
    if outcode:
        found.append(_by_outcode(tables, outcode, on))
    return _weigh(found)


def _weigh(found: list[Evidence | Reason]) -> Routing:
    known = [item for item in found if isinstance(item, Evidence)]
    refused = [item for item in found if isinstance(item, Reason)]
    if not known:
        return Routing(None, None, (), (), refused[0] if refused else Reason.NO_PLACE)
    if Reason.OUTSIDE_UK in refused or not all(known[0].agrees_with(other) for other in known[1:]):
        return _open(known, Reason.CONTRADICTION)
    # A less exact input never answers for a more exact one that failed: the sender meant something else.
    if isinstance(found[0], Reason):
        return _open(known, found[0])
    return _answer(known[0])


def _answer(evidence: Evidence) -> Routing:
    force, district = _certain(evidence.forces), _certain(evidence.districts)
    return Routing(
        force=force,
        authority=district,
        force_candidates=() if force else evidence.forces,
        authority_candidates=() if district else evidence.districts,
        reason=_what_is_open(evidence, force, district),
    )


def _what_is_open(evidence: Evidence, force: str | None, district: str | None) -> Reason | None:
    if force is None:
        return Reason.STRADDLES_FORCES
    if district is not None:
        return None
    held = all(candidate.share is not None for candidate in evidence.districts)
    return Reason.STRADDLES_DISTRICTS if held else Reason.DISTRICTS_NOT_HELD


def _open(known: list[Evidence], reason: Reason) -> Routing:
    forces = dict.fromkeys(candidate.code for item in known for candidate in item.forces)
    districts = dict.fromkeys(candidate.code for item in known for candidate in item.districts)
    # Shares of what may be the wrong place would only mislead.
    return Routing(None, None, _unweighted(forces), _unweighted(districts), reason)


def _by_district(tables: Tables, code: str, on: date) -> Evidence | Reason:
    authority = tables.authority(code, on)
    return Reason.DISTRICT_UNKNOWN if authority is None else _whole(authority)


def _by_postcode(tables: Tables, text: str, on: date, directory: PostcodeDirectory | None) -> Evidence | Reason:
    if is_outside_uk(text):
        return Reason.OUTSIDE_UK
    postcode = normalise_postcode(text)
    if postcode is None:
        return Reason.POSTCODE_MALFORMED
    lad_code = directory.lookup(postcode) if directory else None
    authority = tables.authority(lad_code, on) if lad_code else None
    outcode = outcode_of(postcode)
    if authority is not None:
        return _whole(authority, outcode)
    evidence = _outcode_evidence(tables, outcode, on)
    forces = tables.sector_forces.get(sector_of(postcode))
    if forces is None or isinstance(evidence, Reason):
        return evidence
    return Evidence(forces, _districts_within(tables, forces, evidence.districts), outcode)


def _by_outcode(tables: Tables, text: str, on: date) -> Evidence | Reason:
    if is_outside_uk(text):
        return Reason.OUTSIDE_UK
    outcode = normalise_outcode(text)
    return Reason.POSTCODE_MALFORMED if outcode is None else _outcode_evidence(tables, outcode, on)


def _outcode_evidence(tables: Tables, outcode: str, on: date) -> Evidence | Reason:
    forces = tables.outcode_forces.get(outcode)
    if forces is None:
        return Reason.POSTCODE_UNKNOWN
    return Evidence(forces, _districts_of(tables, outcode, forces, on), outcode)


def _districts_of(tables: Tables, outcode: str, forces: tuple[Candidate, ...], on: date) -> tuple[Candidate, ...]:
    shares = tables.outcode_districts.get(outcode)
    if shares is None:
        areas = _codes(forces)
        rows = tables.authorities.values()
        return _unweighted({row.lad_code: None for row in rows if row.force in areas and row.holds_on(on)})
    dated = ((tables.authority(candidate.code, on), candidate.share) for candidate in shares)
    return tuple(Candidate(row.lad_code, share) for row, share in dated if row is not None)


def _districts_within(
    tables: Tables, forces: tuple[Candidate, ...], districts: tuple[Candidate, ...]
) -> tuple[Candidate, ...]:
    """The outcode's districts, weighed anew by what its sector tells about the forces."""
    force_of = {candidate.code: tables.authorities[candidate.code].force for candidate in districts}
    totals: dict[str, float] = {}
    for candidate in districts:
        force = force_of[candidate.code]
        totals[force] = totals.get(force, 0.0) + (candidate.share or 0.0)
    weights = {candidate.code: candidate.share or 0.0 for candidate in forces}
    return tuple(
        Candidate(item.code, weights[force_of[item.code]] * (item.share or 0.0) / totals[force_of[item.code]])
        for item in districts
        if force_of[item.code] in weights
    )


def _whole(authority: Authority, outcode: str | None = None) -> Evidence:
    return Evidence((Candidate(authority.force, 1.0),), (Candidate(authority.lad_code, 1.0),), outcode)


def _certain(candidates: tuple[Candidate, ...]) -> str | None:
    return next((item.code for item in candidates if (item.share or 0.0) >= 1.0 - _ROUNDING), None)


def _codes(candidates: tuple[Candidate, ...]) -> set[str]:
    return {candidate.code for candidate in candidates}


def _unweighted(codes: dict[str, None]) -> tuple[Candidate, ...]:
    return tuple(Candidate(code, None) for code in codes)
