"""The committed table of organisations is complete, unique and what its sources derive."""

import re
import subprocess
import sys
from collections import Counter
from datetime import date

import pytest

from shared.reference import Kind, Nation, nation_of, reference
from shared.reference.build import derive_organisations, render
from shared.reference.codes import organisation_code
from shared.reference.tables import DATA, read_rows

TODAY = date(2026, 11, 23)


def test_committed_table_is_what_the_build_derives() -> None:
    assert (DATA / "organisations.csv").read_text(encoding="utf-8") == render(derive_organisations())


def test_table_is_read_back_as_it_was_derived() -> None:
    assert list(reference().organisations.values()) == derive_organisations()


def test_codes_are_slugs_and_unique() -> None:
    codes = [row["code"] for row in read_rows("organisations.csv")]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z0-9-]{2,60}", code) for code in codes)


def test_every_kind_is_there_in_the_right_number() -> None:
    kinds = Counter(row.kind for row in reference().organisations.values())
    # 361 districts, 21 county councils above them, 32 Scottish partnerships.
    assert kinds[Kind.AUTHORITY] == 361 + 21 + 32
    assert kinds[Kind.FORCE] + kinds[Kind.NATIONAL_AGENCY] == 47
    assert kinds[Kind.ROCU] == 10
    # Integrated care boards, Scottish boards, Welsh boards, trusts of Northern Ireland.
    assert kinds[Kind.HEALTH] == 36 + 14 + 7 + 5
    assert {kinds[kind] for kind in (Kind.CENTRE, Kind.VOLUNTARY, Kind.HOUSING_BODY, Kind.EDUCATION_BODY)} == {1}


@pytest.mark.parametrize(
    ("code", "kind", "nation", "force", "rocu"),
    [
        ("kent", Kind.FORCE, Nation.ENGLAND, "kent", "rocu-ersou"),
        ("metropolitan", Kind.FORCE, Nation.ENGLAND, "metropolitan", "rocu-london"),
        ("north-wales", Kind.FORCE, Nation.WALES, "north-wales", "rocu-nwrocu"),
        ("btp", Kind.FORCE, None, "btp", None),
        ("nca", Kind.NATIONAL_AGENCY, None, None, None),
        ("rocu-nwrocu", Kind.ROCU, None, None, "rocu-nwrocu"),
        ("la-kent", Kind.AUTHORITY, Nation.ENGLAND, "kent", "rocu-ersou"),
        ("la-thanet", Kind.AUTHORITY, Nation.ENGLAND, "kent", "rocu-ersou"),
        ("la-kingston-upon-hull", Kind.AUTHORITY, Nation.ENGLAND, "humberside", "rocu-yhrocu"),
        ("la-kings-lynn-and-west-norfolk", Kind.AUTHORITY, Nation.ENGLAND, "norfolk", "rocu-ersou"),
        ("hscp-fife", Kind.AUTHORITY, Nation.SCOTLAND, "police-scotland", None),
        ("nhs-kent-and-medway", Kind.HEALTH, Nation.ENGLAND, None, None),
        ("nhs-betsi-cadwaladr", Kind.HEALTH, Nation.WALES, None, None),
        ("hsc-belfast", Kind.HEALTH, Nation.NORTHERN_IRELAND, None, None),
        ("nihe", Kind.HOUSING_BODY, Nation.NORTHERN_IRELAND, None, None),
        ("ea-ni", Kind.EDUCATION_BODY, Nation.NORTHERN_IRELAND, None, None),
        ("nclcc", Kind.CENTRE, None, None, None),
        ("catch22", Kind.VOLUNTARY, Nation.ENGLAND, None, None),
    ],
)
def test_organisation(code: str, kind: Kind, nation: Nation | None, force: str | None, rocu: str | None) -> None:
    found = reference().organisation(code)
    assert (found.kind, found.nation, found.force, found.rocu) == (kind, nation, force, rocu)


def test_every_force_and_rocu_that_a_row_names_exists() -> None:
    organisations = reference().organisations
    for row in organisations.values():
        assert {row.force, row.rocu} - {None} <= organisations.keys()


def test_partnership_is_named_without_its_board() -> None:
    assert reference().organisation("hscp-fife").name == "Fife health and social care partnership"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Bristol, City of", "la-bristol"),
        ("Herefordshire, County of", "la-herefordshire"),
        ("St. Helens", "la-st-helens"),
        ("Powys Teaching Health Board", "nhs-powys"),
        ("NHS Greater Glasgow and Clyde", "nhs-greater-glasgow-and-clyde"),
        ("South Eastern Health and Social Care Trust", "hsc-south-eastern"),
    ],
)
def test_organisation_code(name: str, code: str) -> None:
    assert organisation_code(name) == code


def test_catch22_operates_in_five_forces_and_for_those_under_25() -> None:
    forces = [row.code for row in reference().organisations.values() if row.kind is Kind.FORCE]
    offers = [offer for force in forces for offer in reference().voluntary_offers(force, TODAY)]
    assert {offer.force for offer in offers} == {
        "metropolitan",
        "city-of-london",
        "merseyside",
        "west-midlands",
        "greater-manchester",
    }
    assert {(offer.organisation, offer.under_age) for offer in offers} == {("catch22", 25)}


@pytest.mark.parametrize(
    ("lad_code", "nation"),
    [
        ("E07000114", Nation.ENGLAND),
        ("w06000001", Nation.WALES),
        ("S12000036", Nation.SCOTLAND),
        ("N09000003", Nation.NORTHERN_IRELAND),
    ],
)
def test_nation_of(lad_code: str, nation: Nation) -> None:
    assert nation_of(lad_code) is nation


@pytest.mark.parametrize("lad_code", ["", "L99999999", "M99999999"])
def test_nation_of_refuses_what_is_no_district_of_the_uk(lad_code: str) -> None:
    with pytest.raises(ValueError, match="not the code of a district"):
        nation_of(lad_code)


def test_package_needs_the_standard_library_only() -> None:
    script = (
        "import sys; before = set(sys.modules)\n"
        "from shared.reference import reference; reference()\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['shared']"
