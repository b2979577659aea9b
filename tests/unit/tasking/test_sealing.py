"""The embargo at intake: who must be named, and what is never sealed again."""

from datetime import timedelta
from typing import Any

import pytest

from services.tasking.domain import Contact, Facts
from shared.contracts.model import Mode
from shared.contracts.pursue import Verb
from tests.unit.tasking.samples import CONTACTS, FACTS, NOW, after, course, details, heard, sealed, verdict

V = Verb
CONTACT = ("data.action.pre_brief[0].contact", "valid_contact")
OFFICER = ("data.action.named_officer", "valid_contact")


def contacts(**changed: Contact | None) -> Facts:
    """The sample contacts with some replaced, or removed by None."""
    known: dict[tuple[str, str], Contact] = dict(CONTACTS)
    for key, value in changed.items():
        pair = next(one for one in CONTACTS if one[1] == key.replace("_", "-"))
        known.pop(pair)
        if value is not None:
            known[pair] = value
    return Facts(contacts=known)


@pytest.mark.parametrize("verb", [V.PROPOSED, V.AUTHORISED])
@pytest.mark.parametrize(
    ("said", "facts", "errors"),
    [
        (sealed(), FACTS, []),
        (details(), FACTS, []),
        (sealed(pre_brief=[]), FACTS, [("data.action.pre_brief", "required")]),
        (sealed(named_officer=None), FACTS, [("data.action.named_officer", "required")]),
        (sealed(), contacts(nw_1=None), [CONTACT]),
        (sealed(), contacts(nw_1=Contact(False)), [CONTACT]),
        (sealed(), contacts(nw_1=Contact(True, NOW)), [CONTACT]),
        (sealed(), contacts(nw_1=Contact(True, NOW + timedelta(seconds=1))), []),
        (sealed(), contacts(ms_1=None), [OFFICER]),
        (sealed(named_officer="nw-1"), FACTS, [OFFICER]),
        (sealed(pre_brief=[{"organisation": "cumbria", "contact": "nw-1"}]), FACTS, [CONTACT]),
    ],
)
def test_a_seal_needs_valid_named_contacts(verb: Verb, said: dict[str, Any], facts: Facts, errors: list[Any]) -> None:
    found = course(heard(verb, 1, said), facts=facts)
    assert verdict(found, "e-1") == ("rejected" if errors else "accepted", errors)


def test_each_contact_is_named_by_its_place_in_the_list() -> None:
    pre_brief = [{"organisation": "north-wales", "contact": "nw-1"}, {"organisation": "cumbria", "contact": "c-1"}]
    found = course(heard(V.PROPOSED, 1, sealed(pre_brief=pre_brief)))
    assert verdict(found, "e-1")[1] == [("data.action.pre_brief[1].contact", "valid_contact")]


class TestRelease:
    @pytest.mark.parametrize("verb", [V.AMENDED, V.AUTHORISED])
    def test_by_saying_so(self, verb: Verb) -> None:
        found = course(heard(V.PROPOSED, 1, sealed()), heard(verb, 2))
        assert [step.action.sealed for step in found.steps] == [True, False]

    def test_by_execution_whatever_it_says(self) -> None:
        found = course(heard(V.PROPOSED, 1, sealed()), heard(V.EXECUTED, 2, sealed()))
        assert found.action
        assert not found.action.sealed
        assert found.action.details
        assert found.action.details["sealed"] is False

    @pytest.mark.parametrize("last", [V.CANCELLED, V.RETRACTED])
    def test_not_by_its_end(self, last: Verb) -> None:
        found = course(heard(V.PROPOSED, 1, sealed()), heard(last, 2))
        assert found.action
        assert found.action.sealed

    @pytest.mark.parametrize("mode", [Mode.LIVE, Mode.VALIDATE_ONLY])
    def test_what_was_open_is_never_sealed_again(self, mode: Mode) -> None:
        found = after([[heard(V.PROPOSED, 1)], [heard(V.AMENDED, 2, sealed(), mode=mode)]])
        assert verdict(found, "e-2") == ("rejected", [("data.action.sealed", "released")])

    def test_a_life_risk_does_not_lift_a_seal_that_is_asked_for(self) -> None:
        found = course(heard(V.PROPOSED, 1, sealed(urgency="life_risk")))
        assert found.action
        assert found.action.sealed


def test_contacts_are_checked_when_the_turn_of_what_waited_comes() -> None:
    waiting = course(heard(V.AMENDED, 2, sealed()), facts=Facts())
    assert verdict(waiting, "e-2")[0] == "waiting"
    found = course(heard(V.PROPOSED, 1, sealed()), waiting=waiting.waiting.values())
    assert verdict(found, "e-2")[0] == "accepted"
