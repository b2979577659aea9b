"""The parts of a joint action, as its lead's readers may know them."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.tasking.domain import Facts, PartReport, decide_parts
from shared.contracts.pursue import Status, Verb
from tests.unit.tasking.samples import LEAD, course, details, heard

KENT, BTP = UUID(int=11), UUID(int=12)


def lead_of(*codes: str) -> tuple[dict[str, object], ...]:
    action = course(heard(Verb.PROPOSED, 1, details(parts=list(codes)))).action
    assert action
    reports = [
        PartReport(BTP, "btp", Status.PROPOSED, sealed=True),
        PartReport(KENT, "kent", Status.EXECUTED, sealed=False),
        PartReport(UUID(int=13), "essex", Status.EXECUTED, sealed=False),
    ]
    return tuple(dict(part) for part in decide_parts(action, reports))


def test_each_listed_organisation_has_a_part_and_nobody_else() -> None:
    assert lead_of("norfolk", "kent") == (
        {"organisation": "norfolk", "pursue_action": None, "status": None},
        {"organisation": "kent", "pursue_action": str(KENT), "status": "executed"},
    )


def test_a_sealed_part_looks_as_if_it_had_not_reported() -> None:
    assert lead_of("btp") == ({"organisation": "btp", "pursue_action": None, "status": None},)


def test_what_is_no_joint_action_has_no_parts() -> None:
    assert lead_of() == ()
    retracted = course(heard(Verb.RETRACTED, 1)).action
    assert retracted
    assert decide_parts(replace(retracted), []) == ()


@pytest.mark.parametrize(
    ("leads", "warnings"),
    [
        ({}, ("part_not_confirmed",)),
        ({LEAD: frozenset({"kent"})}, ("part_not_confirmed",)),
        ({LEAD: frozenset({"kent", "merseyside"})}, ()),
    ],
)
def test_a_part_that_its_lead_does_not_list_is_accepted_with_a_warning(
    leads: dict[UUID, frozenset[str]], warnings: tuple[str, ...]
) -> None:
    found = course(heard(Verb.EXECUTED, 1, lead=LEAD), facts=Facts(leads=leads))
    assert found.verdicts["e-1"].verdict.value == "accepted"
    assert found.verdicts["e-1"].warnings == warnings
