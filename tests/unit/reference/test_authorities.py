"""Every district has a force and, for each function, organisations that exist; former codes are accepted."""

from datetime import date

import pytest

from shared.reference import Authority, Function, Nation, reference

TODAY = date(2026, 11, 23)
AUTHORITIES = reference().authorities(TODAY)


def authority(lad_code: str, on: date = TODAY) -> Authority:
    found = reference().authority(lad_code, on)
    assert found is not None
    return found


def test_all_361_districts_are_there_on_either_side_of_a_recoding() -> None:
    assert len(AUTHORITIES) == 361
    assert len(reference().authorities(date(2025, 3, 31))) == 361


@pytest.mark.parametrize("row", AUTHORITIES, ids=[row.lad_code for row in AUTHORITIES])
def test_every_district_routes_to_organisations_that_exist(row: Authority) -> None:
    organisations = reference().organisations
    assert {row.force, row.organisation} <= organisations.keys()
    assert organisations[row.organisation].force == row.force
    for function in Function:
        holders = row.candidates(function)
        assert holders
        assert {holder.code for holder in holders} <= organisations.keys()
        # Slivers below one in a hundred are left out of the tables.
        assert sum(holder.share or 0.0 for holder in holders) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("lad_code", "force", "children", "adults", "housing", "education", "health"),
    [
        # Two tiers: care and education are the county's, housing the district's.
        ("E07000114", "kent", "la-kent", "la-kent", "la-thanet", "la-kent", "nhs-kent-and-medway"),
        # A force area is no health area.
        (
            "E06000042",
            "thames-valley",
            "la-milton-keynes",
            "la-milton-keynes",
            "la-milton-keynes",
            "la-milton-keynes",
            "nhs-central-east",
        ),
        # The City is its own force.
        (
            "E09000001",
            "city-of-london",
            "la-city-of-london",
            "la-city-of-london",
            "la-city-of-london",
            "la-city-of-london",
            "nhs-north-east-london",
        ),
        # Scotland: adult care is the partnership's.
        ("S12000047", "police-scotland", "la-fife", "hscp-fife", "la-fife", "la-fife", "nhs-fife"),
        # Northern Ireland: no function is the district's.
        ("N09000005", "northern-ireland", "hsc-western", "hsc-western", "nihe", "ea-ni", "hsc-western"),
    ],
)
def test_who_holds_what(
    lad_code: str, force: str, children: str, adults: str, housing: str, education: str, health: str
) -> None:
    row = authority(lad_code)
    held = (row.force, row.children, row.adults, row.housing, row.education, row.health)
    assert held == (force, children, adults, housing, education, health)
    assert row.health_candidates == ()


def test_the_other_32_boroughs_of_london_are_the_metropolitan_police() -> None:
    boroughs = [row for row in AUTHORITIES if row.lad_code.startswith("E09") and row.name != "City of London"]
    assert len(boroughs) == 32
    assert {row.force for row in boroughs} == {"metropolitan"}


def test_six_english_districts_are_split_between_health_bodies_and_nothing_else() -> None:
    split = [row for row in AUTHORITIES if row.health is None and row.nation is Nation.ENGLAND]
    assert len(split) == 6
    assert all(row.children and row.adults for row in split)
    assert all(len(row.candidates(Function.HEALTH)) > 1 for row in split)


def test_where_health_trusts_split_a_district_so_is_its_care() -> None:
    split = [row for row in AUTHORITIES if row.health is None and row.nation is Nation.NORTHERN_IRELAND]
    assert len(split) == 5
    for row in split:
        assert (row.children, row.adults) == (None, None)
        assert row.candidates(Function.CHILDREN) == row.candidates(Function.HEALTH) == row.health_candidates


@pytest.mark.parametrize("code", ["E08000016", "E08000038", " e08000016 "])
@pytest.mark.parametrize(
    ("on", "held"),
    [
        (date(2025, 3, 31), "E08000016"),
        (date(2025, 4, 1), "E08000038"),
        (date(2026, 11, 23), "E08000038"),
    ],
)
def test_barnsley_is_found_by_either_code_on_any_day(code: str, on: date, held: str) -> None:
    row = authority(code, on)
    assert (row.lad_code, row.organisation, row.force) == (held, "la-barnsley", "south-yorkshire")


def test_sheffield_by_its_former_code() -> None:
    assert authority("E08000019").lad_code == "E08000039"


@pytest.mark.parametrize("code", ["", "E07000999", "E10000016", "L99999999"])
def test_unknown_code_is_none(code: str) -> None:
    assert reference().authority(code, TODAY) is None
