"""Whom an action concerns, by the playbook that ships."""

from typing import Any

import pytest

from services.safeguarding.domain.geography import Postcodes
from services.safeguarding.domain.wanted import LocalFacts, content_of
from shared.contracts.pursue import Status
from tests.unit.safeguarding.building import (
    BELFAST,
    CHILD,
    DERRY,
    FLAT,
    FRIDAY_NIGHT,
    GLASGOW,
    LIVERPOOL,
    NORWICH,
    THANET,
    action,
    desired,
)

ADULT: dict[str, Any] = {"ref": "a1", "category": "adult", "found_at": "flat", "identity": {"name": "Invented Adult"}}


def place(district: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"ref": "flat", "kind": "other", **({"district": district} if district else {}), **fields}


CASES: list[tuple[str, dict[str, Any], set[tuple[str, str]]]] = [
    (
        "a looked-after child of Camden in a cuckooed flat in Thanet",
        {"people": [CHILD]},
        {
            ("receiving-force", "kent"),
            ("children-england", "la-kent"),
            ("host-authority-england", "la-kent"),
            ("home-authority-england", "la-camden"),
            ("housing-england-wales", "la-thanet"),
            ("voluntary-support", "catch22"),
        },
    ),
    ("the force's own area tells no force", {"acting": "kent", "people": []}, {("housing-england-wales", "la-thanet")}),
    (
        "a child in Scotland, home in Liverpool",
        {
            "acting": "btp",
            "places": [place(GLASGOW, kind="railway")],
            "people": [{**CHILD, "looked_after_by": None, "home": {"ref": "h", "district": LIVERPOOL}}],
        },
        {
            ("receiving-force", "police-scotland"),
            ("children-scotland", "la-glasgow-city"),
            ("host-authority-scotland", "la-glasgow-city"),
            ("home-authority-england", "la-liverpool"),
            ("voluntary-support", "catch22"),
        },
    ),
    (
        "a child in Northern Ireland",
        {"places": [place(DERRY)], "people": [{**CHILD, "home": None, "looked_after_by": None}]},
        {("receiving-force", "northern-ireland"), ("children-northern-ireland", "hsc-western")},
    ),
    (
        "a district of Northern Ireland that two trusts share",
        {"places": [place(BELFAST)], "people": [{**CHILD, "home": None, "looked_after_by": None}]},
        {("receiving-force", "northern-ireland"), ("centre-cannot-be-routed", "nclcc")},
    ),
    (
        "no closure powers in Northern Ireland",
        {"places": [{**FLAT, "district": DERRY}]},
        {("receiving-force", "northern-ireland"), ("centre-no-rule-for-nation", "nclcc")},
    ),
    (
        "an outcode that straddles two forces",
        {"places": [place(outcode="L31")]},
        {("centre-cannot-be-routed", "nclcc")},
    ),
    (
        "a stated health risk and an adult with care needs",
        {"people": [{**ADULT, "health_risk": "asthma", "adult_care": {"needs": "n", "wishes": "w", "capacity": "c"}}]},
        {
            ("receiving-force", "kent"),
            ("housing-england-wales", "la-thanet"),
            ("health-risk", "nhs-kent-and-medway"),
            ("adult-safeguarding-england", "la-kent"),
        },
    ),
    (
        "someone whose whereabouts nobody stated, with two places",
        {"places": [place(THANET), {"ref": "b", "district": NORWICH}], "people": [{"ref": "p", "category": "adult"}]},
        {("receiving-force", "kent"), ("receiving-force", "norfolk"), ("centre-cannot-be-routed", "nclcc")},
    ),
    ("the lead of a joint action has nobody of its own", {"places": [], "parts": ["kent", "norfolk"]}, set()),
    (
        "an unknown line",
        {"places": [], "line_id": "9f3b2f6e-1111-4222-8333-444455556666"},
        {("centre-cannot-be-routed", "nclcc")},
    ),
    ("cancelled", {"status": Status.CANCELLED, "people": [CHILD]}, set()),
]


@pytest.mark.parametrize(("details", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_who_is_told(details: dict[str, Any], wanted: set[tuple[str, str]]) -> None:
    found = set(desired(action(**details)))
    assert {key for key in found if key[0] != "missing-information"} == wanted


class TestWhoIsListed:
    def test_another_authoritys_child_is_not_in_a_task(self) -> None:
        other = {**CHILD, "ref": "p2", "found_at": "norwich"}
        both = action(people=[CHILD, other], places=[FLAT, {"ref": "norwich", "district": NORWICH, "kind": "street"}])
        found = desired(both)
        assert found["children-england", "la-kent"].people == ("p1",)
        assert found["children-england", "la-norfolk"].people == ("p2",)
        assert found["receiving-force", "kent"].people == ("p1",)
        assert found["home-authority-england", "la-camden"].people == ("p1", "p2")

    def test_housing_hears_of_the_occupant_only(self) -> None:
        found = desired(action(people=[CHILD, {**ADULT, "cuckooed": True}]))
        assert found["housing-england-wales", "la-thanet"].people == ("a1",)

    def test_host_and_home_learn_of_each_other(self) -> None:
        of = action(people=[CHILD])
        home = desired(of)["home-authority-england", "la-camden"]
        minimum, _ = content_of(of, home.rule, home.desk, home.people, home.places, home.context)
        assert minimum["host_authority"] == {"p1": "la-kent"}

    def test_a_declined_referral_goes_to_the_force_then_to_the_centre(self) -> None:
        found = desired(action(people=[CHILD]))
        assert found["children-england", "la-kent"].route == (("kent", "safeguarding"), ("nclcc", "duty"))
        assert found["receiving-force", "kent"].route == (("nclcc", "duty"),)


class TestWhatIsMissing:
    def test_it_is_asked_back_in_one_task(self) -> None:
        child = {**CHILD, "identity": None, "told": None}
        asked = desired(action(people=[child]))["missing-information", "metropolitan"]
        fields = {field for item in asked.context["asked_for"] for field in item["fields"]}
        assert "people[p1].identity.date_of_birth" in fields
        assert "people[p1].told" in fields
        assert asked.desk == "publisher"

    def test_either_of_two_is_enough(self) -> None:
        by_number = {name: value for name, value in FLAT.items() if name != "address"} | {"uprn": "100"}
        asked = ("missing-information", "metropolitan")
        assert asked not in desired(action(places=[by_number]))
        del by_number["uprn"]
        [item] = desired(action(places=[by_number]))[asked].context["asked_for"]
        assert item["fields"] == ["places[flat].address"]

    def test_nothing_missing_asks_nothing(self) -> None:
        assert ("missing-information", "metropolitan") not in desired(action(people=[CHILD]))


class TestOutOfHours:
    def test_urgent_on_friday_night_goes_to_the_duty_team_too(self) -> None:
        found = desired(action(people=[CHILD]), now=FRIDAY_NIGHT)
        assert ("emergency-duty-england", "la-kent") in found
        assert ("children-england", "la-kent") in found

    def test_routine_waits(self) -> None:
        found = desired(action(people=[CHILD], urgency="routine"), now=FRIDAY_NIGHT)
        assert ("emergency-duty-england", "la-kent") not in found


class TestFacts:
    def test_a_line_reaches_the_districts_where_it_arrives(self) -> None:
        facts = LocalFacts(areas=(THANET, NORWICH))
        found = desired(action(places=[], line_id="9f3b2f6e-1111-4222-8333-444455556666"), facts)
        assert {key for key in found if key[0] == "receiving-force"} == {
            ("receiving-force", "kent"),
            ("receiving-force", "norfolk"),
        }

    def test_the_postcode_directory_settles_what_an_outcode_leaves_open(self) -> None:
        facts = LocalFacts(postcodes=Postcodes({"L31 1AA": "E08000014"}))
        found = desired(action(places=[place(postcode="l311aa")]), facts)
        assert ("receiving-force", "merseyside") in found
        assert ("centre-cannot-be-routed", "nclcc") not in found

    def test_candidates_are_named_and_nothing_is_guessed(self) -> None:
        left = desired(action(places=[place(outcode="L31")]))["centre-cannot-be-routed", "nclcc"]
        [item] = left.context["candidates"]
        assert {one["organisation"] for one in item["candidates"]} == {"merseyside", "lancashire"}
        assert left.context["routing_reason"]

    def test_an_unsupported_young_person_is_not_referred_against_their_will(self) -> None:
        unwilling = {**CHILD, "support": {"wants_support": False}}
        assert ("voluntary-support", "catch22") not in desired(action(people=[unwilling]))

    def test_unknown_age_is_presumed_a_child(self) -> None:
        unknown = {"ref": "p9", "category": "unknown", "found_at": "flat"}
        assert ("children-england", "la-kent") in desired(action(people=[unknown]))
        grown = {**unknown, "identity": {"age_estimate": 30}}
        assert ("children-england", "la-kent") not in desired(action(people=[grown]))

    def test_a_place_of_finding_that_may_be_home_is_asked_about(self) -> None:
        near = {**CHILD, "looked_after_by": None, "home": {"ref": "h", "district": "E08000014"}}
        found = desired(action(places=[place(outcode="L31")], people=[near]))
        assert not [key for key in found if key[0].startswith("home-authority")]
        assert "may be in the home authority" in str(found["centre-cannot-be-routed", "nclcc"].context)
