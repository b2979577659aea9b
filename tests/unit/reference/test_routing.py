"""A place is routed by the most exact input, and is never guessed."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reference import Candidate, Function, Reason, Routing, reference
from shared.reference.tables import read_rows

TODAY = date(2026, 11, 23)
OUTCODES = [row["outcode"] for row in read_rows("outcode_force.csv")]
SECTORS = [row["sector"] for row in read_rows("sector_force.csv")]


@dataclass
class Held:
    """A directory of a few postcodes."""

    rows: dict[str, str] = field(default_factory=dict)

    def lookup(self, postcode: str) -> str | None:
        return self.rows.get(postcode)


def route(
    district: str | None = None,
    postcode: str | None = None,
    outcode: str | None = None,
    held: Held | None = None,
) -> Routing:
    return reference().route(district, postcode, outcode, TODAY, held)


def codes(candidates: tuple[Candidate, ...]) -> set[str]:
    return {candidate.code for candidate in candidates}


@pytest.mark.parametrize(
    ("district", "postcode", "outcode", "force", "authority"),
    [
        ("E07000114", None, None, "kent", "E07000114"),
        ("E07000114", "CT9 1AA", "CT9", "kent", "E07000114"),
        ("E09000001", "EC1A 1BB", None, "city-of-london", "E09000001"),
        ("E09000019", "EC1A 1BB", None, "metropolitan", "E09000019"),
        ("E08000019", None, None, "south-yorkshire", "E08000039"),
        (None, "ct9 1aa", None, "kent", "E07000114"),
        (None, None, "ct12", "kent", "E07000114"),
        (None, None, "G1", "police-scotland", "S12000049"),
        ("N09000003", "BT1 1AA", None, "northern-ireland", "N09000003"),
        # A wrong form beside a good district code is no contradiction.
        ("E07000114", "not a postcode", None, "kent", "E07000114"),
    ],
)
def test_routed(district: str | None, postcode: str | None, outcode: str | None, force: str, authority: str) -> None:
    assert route(district, postcode, outcode) == Routing(force, authority, (), (), None)


@pytest.mark.parametrize(
    ("district", "postcode", "outcode", "reason"),
    [
        (None, None, None, Reason.NO_PLACE),
        ("", "", "", Reason.NO_PLACE),
        ("E07000999", None, None, Reason.DISTRICT_UNKNOWN),
        (None, "CT9", None, Reason.POSTCODE_MALFORMED),
        (None, None, "CT9 1AA", Reason.POSTCODE_MALFORMED),
        (None, "ZE9 9AA", None, Reason.POSTCODE_UNKNOWN),
        (None, None, "BX1", Reason.POSTCODE_UNKNOWN),
        (None, "JE2 3AB", None, Reason.OUTSIDE_UK),
        (None, "GY1 1AA", None, Reason.OUTSIDE_UK),
        (None, None, "IM1", Reason.OUTSIDE_UK),
        (None, "D02 X285", None, Reason.OUTSIDE_UK),
        (None, "GX11 1AA", None, Reason.OUTSIDE_UK),
    ],
)
def test_refused(district: str | None, postcode: str | None, outcode: str | None, reason: Reason) -> None:
    assert route(district, postcode, outcode) == Routing(None, None, (), (), reason)


def test_every_reason_explains_itself() -> None:
    assert all(reason.explanation.endswith(".") for reason in Reason)


@pytest.mark.parametrize(
    ("district", "postcode", "outcode", "forces"),
    [
        ("E07000114", "M1 1AA", None, {"kent", "greater-manchester"}),
        ("E07000114", None, "NR1", {"kent", "norfolk"}),
        ("E09000001", "SW1A 1AA", None, {"city-of-london", "metropolitan"}),
        # The same force, another district.
        ("E07000114", "ME14 1XX", None, {"kent"}),
        (None, "CT9 1AA", "CT12", {"kent"}),
        ("E07000114", "JE2 3AB", None, {"kent"}),
        ("E07000114", "BT1 1AA", None, {"kent", "northern-ireland"}),
    ],
)
def test_contradiction_gives_candidates_without_shares(
    district: str | None, postcode: str | None, outcode: str | None, forces: set[str]
) -> None:
    found = route(district, postcode, outcode)
    assert (found.force, found.authority, found.reason) == (None, None, Reason.CONTRADICTION)
    assert codes(found.force_candidates) == forces
    assert {item.share for item in found.force_candidates + found.authority_candidates} == {None}


def test_unknown_district_is_not_answered_for_by_the_postcode() -> None:
    found = route("E07000999", "CT9 1AA")
    assert (found.force, found.authority, found.reason) == (None, None, Reason.DISTRICT_UNKNOWN)
    assert found.authority_candidates == (Candidate("E07000114", None),)
    assert reference().responsible(found, Function.CHILDREN, TODAY) == (Candidate("la-kent", None),)


class TestDirectory:
    def test_full_postcode_is_exact(self) -> None:
        found = route(None, "ec1a1bb", None, Held({"EC1A 1BB": "E09000001"}))
        assert (found.force, found.authority, found.reason) == ("city-of-london", "E09000001", None)

    def test_what_it_does_not_hold_falls_to_the_sector(self) -> None:
        assert route(None, "EC1A 1BB", None, Held()) == route(None, "EC1A 1BB")

    def test_a_code_the_tables_do_not_hold_falls_to_the_sector(self) -> None:
        assert route(None, "EC1A 1BB", None, Held({"EC1A 1BB": "E06000999"})) == route(None, "EC1A 1BB")

    def test_it_can_contradict_the_district(self) -> None:
        found = route("E09000019", "EC1A 1BB", None, Held({"EC1A 1BB": "E09000001"}))
        assert found.reason is Reason.CONTRADICTION
        assert codes(found.force_candidates) == {"metropolitan", "city-of-london"}


def test_sector_answers_where_its_outcode_straddles() -> None:
    assert route(outcode="AL5").reason is Reason.STRADDLES_FORCES
    found = route(postcode="AL5 1AA")
    assert found.force == "hertfordshire"
    assert found.force_candidates == ()


def test_a_share_just_below_one_is_no_answer() -> None:
    found = route(postcode="AL3 8AA")
    assert (found.force, found.reason) == (None, Reason.STRADDLES_FORCES)
    assert found.force_candidates == (Candidate("hertfordshire", 0.9958), Candidate("bedfordshire", 0.0042))


class TestResponsible:
    def test_two_districts_of_one_county_share_a_childrens_service(self) -> None:
        found = route(outcode="CT7")
        assert len(found.authority_candidates) > 1
        assert reference().responsible(found, Function.CHILDREN, TODAY) == (Candidate("la-kent", 1.0),)
        assert len(reference().responsible(found, Function.HOUSING, TODAY)) > 1

    def test_northern_ireland_by_outcode_has_one_housing_body_and_open_trusts(self) -> None:
        found = route(outcode="BT48")
        assert (found.force, found.authority) == ("northern-ireland", None)
        assert found.reason is Reason.DISTRICTS_NOT_HELD
        assert len(found.authority_candidates) == 11
        assert reference().responsible(found, Function.HOUSING, TODAY) == (Candidate("nihe", 1.0),)
        trusts = reference().responsible(found, Function.CHILDREN, TODAY)
        assert len(trusts) == 5
        assert {trust.share for trust in trusts} == {None}

    def test_contradiction_within_a_county_is_no_answer(self) -> None:
        found = route("E07000114", "ME14 1XX")
        assert reference().responsible(found, Function.CHILDREN, TODAY) == (Candidate("la-kent", None),)

    def test_nothing_known_is_empty(self) -> None:
        assert reference().responsible(route(), Function.CHILDREN, TODAY) == ()


def is_answer_or_candidates(answer: str | None, candidates: tuple[Candidate, ...]) -> bool:
    if answer is not None:
        return candidates == ()
    return sum(item.share or 0.0 for item in candidates) == pytest.approx(1.0, abs=0.001)


@given(st.sampled_from(OUTCODES))
def test_every_outcode_routes_or_has_candidates_that_sum_to_one(outcode: str) -> None:
    found = route(outcode=outcode)
    assert is_answer_or_candidates(found.force, found.force_candidates)
    if found.reason is not Reason.DISTRICTS_NOT_HELD:
        assert is_answer_or_candidates(found.authority, found.authority_candidates)


@given(st.sampled_from(SECTORS))
def test_every_sector_routes_or_has_candidates_that_sum_to_one(sector: str) -> None:
    found = route(postcode=f"{sector}AA")
    assert is_answer_or_candidates(found.force, found.force_candidates)
    assert is_answer_or_candidates(found.authority, found.authority_candidates)
    districts = found.authority_candidates or (Candidate(found.authority or "", 1.0),)
    forces = codes(found.force_candidates) or {found.force or ""}
    held = [reference().authority(item.code, TODAY) for item in districts]
    assert {row.force for row in held if row} == forces


def test_562_outcodes_straddle_forces() -> None:
    straddling = [code for code in OUTCODES if route(outcode=code).reason is Reason.STRADDLES_FORCES]
    assert (len(OUTCODES), len(straddling)) == (3078, 562)


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_no_text_breaks_it(district: str, postcode: str, outcode: str) -> None:
    assert isinstance(route(district, postcode, outcode), Routing)
