"""Builds the committed table of organisations from the other tables: `python -m shared.reference.build`."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import fields
from io import StringIO

from shared.reference.codes import organisation_code, rocu_code
from shared.reference.facts import Kind, Nation, Organisation
from shared.reference.tables import DATA, health_shares, parse_date, read_rows

_UK = "United Kingdom"
_NAME_COLUMNS = (
    "lad_name",
    "upper_tier_name",
    "children_services",
    "adult_social_care",
    "housing_authority",
    "education_authority",
)
_KIND_BY_CODE = {"nihe": Kind.HOUSING_BODY, "ea-ni": Kind.EDUCATION_BODY}
_KIND_BY_PREFIX = {"la": Kind.AUTHORITY, "hscp": Kind.AUTHORITY, "hsc": Kind.HEALTH, "nhs": Kind.HEALTH}


def derive_organisations() -> list[Organisation]:
    """Every organisation once: the centre, forces, regional units, local and national bodies, voluntary."""
    rows = [_centre(), *_forces(), *_rocus(), *_local(), *_voluntary()]
    found: dict[str, Organisation] = {}
    for row in rows:
        if found.setdefault(row.code, row) != row:
            raise ValueError(f"two organisations share the code {row.code}")
    return list(found.values())


def render(organisations: Iterable[Organisation]) -> str:
    """The organisations as csv text."""
    names = [field.name for field in fields(Organisation)]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([getattr(row, name) for name in names] for row in organisations)
    return text.getvalue()


def _centre() -> Organisation:
    name = "National County Lines Coordination Centre"
    return Organisation("nclcc", name, Kind.CENTRE, _UK, None, None, None, None, None)


def _forces() -> Iterator[Organisation]:
    for row in read_rows("forces.csv"):
        agency = row["kind"].startswith("national agency")
        country = _UK if row["country"] == "UK" else row["country"]
        yield Organisation(
            code=row["slug"],
            name=row["name"],
            kind=Kind.NATIONAL_AGENCY if agency else Kind.FORCE,
            country=country,
            nation=_nation(country),
            force=None if agency else row["slug"],
            rocu=rocu_code(row["rocu"]),
            effective_from=parse_date(row["effective_from"]),
            effective_to=parse_date(row["effective_to"]),
        )


def _rocus() -> Iterator[Organisation]:
    for row in read_rows("rocus.csv"):
        code = rocu_code(row["rocu"])
        if code is None:
            raise ValueError("a regional unit without a name")
        country = _country_of(row["forces"].split("|"))
        since, until = parse_date(row["effective_from"]), parse_date(row["effective_to"])
        yield Organisation(code, row["name"], Kind.ROCU, country, _nation(country), None, code, since, until)


def _local() -> Iterator[Organisation]:
    """Councils of both tiers and the bodies that hold health, care, housing or education in their place."""
    rows = list(read_rows("authorities.csv"))
    health_names = {row["icb_code"]: row["icb"] for row in rows}
    name_of = {organisation_code(name): name for name in health_names.values()}
    for row in rows:
        nation = Nation(row["country"])
        for name in (row[column] for column in _NAME_COLUMNS):
            yield _local_body(name, nation, row["force_slug"], row["rocu"])
        for candidate in health_shares(row, health_names):
            yield _local_body(name_of[candidate.code], nation, row["force_slug"], row["rocu"])


def _local_body(name: str, nation: Nation, force: str, rocu: str) -> Organisation:
    code = organisation_code(name)
    kind = _KIND_BY_CODE.get(code) or _KIND_BY_PREFIX[code.split("-")[0]]
    # Only a council lies in one force area. It keeps its dates open when it takes a new ONS code: it is still
    # the same organisation.
    within, region = (force, rocu_code(rocu)) if kind is Kind.AUTHORITY else (None, None)
    name = name.partition(" (with ")[0]
    return Organisation(code, name, kind, nation, nation, within, region, None, None)


def _voluntary() -> Iterator[Organisation]:
    rows = list(read_rows("voluntary.csv"))
    for row in rows:
        country = _country_of(other["force_slug"] for other in rows if other["code"] == row["code"])
        nation = _nation(country)
        yield Organisation(row["code"], row["name"], Kind.VOLUNTARY, country, nation, None, None, None, None)


def _country_of(forces: Iterable[str]) -> str:
    wanted = set(forces)
    return " and ".join(sorted({row["country"] for row in read_rows("forces.csv") if row["slug"] in wanted}))


def _nation(country: str) -> Nation | None:
    return Nation(country) if country in set(Nation) else None


if __name__ == "__main__":
    (DATA / "organisations.csv").write_text(render(derive_organisations()), encoding="utf-8")
