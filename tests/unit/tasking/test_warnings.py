"""What a receipt warns of, by field and rule, without ever rejecting for it."""

from typing import Any
from uuid import UUID

import pytest

from services.tasking.domain import Facts
from services.tasking.domain.differences import changed_fields
from shared.contracts.pursue import Verb
from tests.unit.tasking.samples import course, details, heard

LINE = UUID(int=77)
CHILD = {"ref": "p1", "category": "child"}


@pytest.mark.parametrize(
    ("said", "facts", "warnings"),
    [
        ({}, Facts(), ()),
        ({"line_id": str(LINE)}, Facts(), ("line_unknown",)),
        ({"line_id": str(LINE)}, Facts(lines=frozenset({LINE})), ()),
        ({"places": [{"ref": "a", "district": "E99999999"}]}, Facts(), ("district-unknown: data.action.places[0]",)),
        ({"places": [{"ref": "a", "postcode": "nowhere"}]}, Facts(), ("postcode-malformed: data.action.places[0]",)),
        ({"places": [{"ref": "a", "outcode": "CT9"}]}, Facts(), ()),
        ({"parts": ["kent", "nobody-at-all"]}, Facts(), ("organisation_unknown: data.action.parts[1]",)),
        ({"parts": ["kent", "nobody-at-all"]}, Facts(enrolled=frozenset({"nobody-at-all"})), ()),
        (
            {"people": [{**CHILD, "looked_after_by": "la-nowhere", "home": {"ref": "h", "district": "E99999999"}}]},
            Facts(),
            (
                "organisation_unknown: data.action.people[0].looked_after_by",
                "district-unknown: data.action.people[0].home",
            ),
        ),
    ],
)
def test_warnings(said: dict[str, Any], facts: Facts, warnings: tuple[str, ...]) -> None:
    found = course(heard(Verb.EXECUTED, 1, details(**said)), facts=facts)
    assert found.verdicts["e-1"].verdict.value == "accepted"
    assert found.verdicts["e-1"].warnings == warnings


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        ({}, ()),
        ({"urgency": "urgent", "summary": "more"}, ("summary", "urgency")),
        ({"people": [CHILD]}, ("people[p1]",)),
        ({"places": []}, ("places[a]",)),
        (
            {"places": [{"ref": "a", "district": "E07000106"}, {"ref": "b", "outcode": "CT9"}]},
            ("places[b]",),
        ),
    ],
)
def test_changed_fields_are_named_by_ref(after: dict[str, Any], changed: tuple[str, ...]) -> None:
    assert changed_fields(details(), details(**after)) == changed
