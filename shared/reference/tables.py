"""The committed tables, read once into typed rows."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from shared.reference.codes import organisation_code, rocu_code
from shared.reference.facts import (
    Authority,
    Candidate,
    Kind,
    Nation,
    Organisation,
    VoluntaryOffer,
    in_effect,
    nation_of,
)

DATA = Path(__file__).parent / "data"

Shares = dict[str, tuple[Candidate, ...]]


@dataclass(frozen=True, slots=True)
class Tables:
    """All that routing looks up; a lineage is a district's own row, then those it came from or became."""

    organisations: dict[str, Organisation]
    authorities: dict[str, Authority]
    lineages: dict[str, tuple[Authority, ...]]
    outcode_forces: Shares
    outcode_districts: Shares
    sector_forces: Shares
    voluntary: tuple[tuple[VoluntaryOffer, date | None, date | None], ...]

    def authority(self, lad_code: str, on: date) -> Authority | None:
        """The one row of a district that holds on a day, found by its own, its former or its later code."""
        rows = [row for row in self.lineages.get(lad_code.strip().upper(), ()) if row.holds_on(on)]
        return rows[0] if len(rows) == 1 else None

    def voluntary_offers(self, force: str, on: date) -> tuple[VoluntaryOffer, ...]:
        """The voluntary support that operates in a force area on a day."""
        return tuple(
            offer for offer, since, until in self.voluntary if offer.force == force and in_effect(since, until, on)
        )


def read_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of the tables, by column name."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def parse_date(text: str) -> date | None:
    """An ISO date; an empty cell is no limit."""
    return date.fromisoformat(text) if text else None


def health_shares(row: Mapping[str, str], names: Mapping[str, str]) -> tuple[Candidate, ...]:
    """A district's health bodies, largest first; `names` gives their names by the tables' own codes."""
    first = Candidate(organisation_code(row["icb"]), float(row["health_share"]))
    others = _pairs(row["health_others"])
    return (first, *(Candidate(_health_code(code, names), share) for code, share in others))


@cache
def tables() -> Tables:
    """The tables, read at the first call."""
    rows = list(read_rows("authorities.csv"))
    authorities = _authorities(rows)
    return Tables(
        organisations={row["code"]: _organisation(row) for row in read_rows("organisations.csv")},
        authorities=authorities,
        lineages=_lineages(rows, authorities),
        outcode_forces=_force_shares("outcode_force.csv", "outcode"),
        outcode_districts=_district_shares(),
        sector_forces=_force_shares("sector_force.csv", "sector"),
        voluntary=tuple(_voluntary(row) for row in read_rows("voluntary.csv")),
    )


def _organisation(row: Mapping[str, str]) -> Organisation:
    return Organisation(
        code=row["code"],
        name=row["name"],
        kind=Kind(row["kind"]),
        country=row["country"],
        nation=Nation(row["nation"]) if row["nation"] else None,
        force=row["force"] or None,
        rocu=row["rocu"] or None,
        effective_from=parse_date(row["effective_from"]),
        effective_to=parse_date(row["effective_to"]),
    )


def _authorities(rows: list[dict[str, str]]) -> dict[str, Authority]:
    names = {row["icb_code"]: row["icb"] for row in rows}
    return {row["lad_code"]: _authority(row, health_shares(row, names)) for row in rows}


def _authority(row: Mapping[str, str], health: tuple[Candidate, ...]) -> Authority:
    whole = health[0].share == 1.0
    # Northern Ireland's trusts hold health, children's and adult care alike, so a split district is split for
    # all three; the table names only the largest trust there, and taking that for an answer would be a guess.
    care_known = whole or row["country"] != Nation.NORTHERN_IRELAND
    return Authority(
        lad_code=row["lad_code"],
        name=row["lad_name"],
        nation=nation_of(row["lad_code"]),
        force=row["force_slug"],
        rocu=rocu_code(row["rocu"]),
        organisation=organisation_code(row["lad_name"]),
        children=organisation_code(row["children_services"]) if care_known else None,
        adults=organisation_code(row["adult_social_care"]) if care_known else None,
        housing=organisation_code(row["housing_authority"]),
        education=organisation_code(row["education_authority"]),
        health=health[0].code if whole else None,
        health_candidates=() if whole else health,
        effective_from=parse_date(row["effective_from"]),
        effective_to=parse_date(row["effective_to"]),
    )


def _health_code(code: str, names: Mapping[str, str]) -> str:
    # The others in Northern Ireland are given by the trust's short name, elsewhere by ONS code.
    return organisation_code(names.get(code, f"{code} Health and Social Care Trust"))


def _lineages(rows: list[dict[str, str]], authorities: dict[str, Authority]) -> dict[str, tuple[Authority, ...]]:
    lineages = {code: [row] for code, row in authorities.items()}
    for row in rows:
        for former in filter(None, row["former_lad_code"].split("|")):
            lineages[row["lad_code"]].append(authorities[former])
            lineages[former].append(authorities[row["lad_code"]])
    return {code: tuple(line) for code, line in lineages.items()}


def _force_shares(name: str, key: str) -> Shares:
    return {
        row[key]: (
            Candidate(row["force_slug"], float(row["share"])),
            *(Candidate(code, share) for code, share in _pairs(row["other_forces"])),
        )
        for row in read_rows(name)
    }


def _district_shares() -> Shares:
    found: dict[str, list[Candidate]] = {}
    for row in read_rows("outcode_lad.csv"):
        found.setdefault(row["outcode"], []).append(Candidate(row["lad_code"], float(row["share"])))
    return {outcode: tuple(shares) for outcode, shares in found.items()}


def _pairs(cell: str) -> Iterator[tuple[str, float]]:
    for item in filter(None, cell.split("|")):
        code, share = item.split(":")
        yield code, float(share)


def _voluntary(row: Mapping[str, str]) -> tuple[VoluntaryOffer, date | None, date | None]:
    offer = VoluntaryOffer(row["code"], row["force_slug"], int(row["under_age"]))
    return offer, parse_date(row["effective_from"]), parse_date(row["effective_to"])
