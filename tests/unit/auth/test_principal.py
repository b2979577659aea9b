"""For whom a coordinator answers."""

import pytest

from shared.auth import Principal, Role


def principal(*roles: Role, desks: frozenset[str] | None = None) -> Principal:
    return Principal("p-1", "kent", frozenset(roles), None, "p-1", desks)


@pytest.mark.parametrize(
    ("who", "organisation", "desk", "answers"),
    [
        (principal(Role.COORDINATOR), "kent", "safeguarding", True),
        (principal(Role.COORDINATOR, desks=frozenset({"safeguarding"})), "kent", "safeguarding", True),
        (principal(Role.COORDINATOR, desks=frozenset({"publisher"})), "kent", "safeguarding", False),
        (principal(Role.COORDINATOR, desks=frozenset()), "kent", "safeguarding", False),
        (principal(Role.COORDINATOR), "essex", "safeguarding", False),
        (principal(Role.COORDINATOR), "", "safeguarding", False),
        (principal(Role.COORDINATOR), "kent", "", False),
        (principal(Role.READER, Role.OPERATOR), "kent", "safeguarding", False),
        (principal(), "kent", "safeguarding", False),
    ],
)
def test_answers_for(who: Principal, organisation: str, desk: str, answers: bool) -> None:
    assert who.answers_for(organisation, desk) is answers


def test_has_needs_one_of_the_roles() -> None:
    assert principal(Role.READER).has(Role.CENTRE, Role.READER)
    assert not principal(Role.READER).has(Role.CENTRE)
    assert not principal(Role.READER).has()
