"""What may follow what, as a table of every status and verb."""

import pytest

from services.tasking.domain.lifecycle import Turn, decide_lifecycle
from shared.contracts.pursue import Status, Verb
from tests.unit.tasking.samples import course, heard

S, V = Status, Verb
REACHED_BY = {
    S.PROPOSED: [V.PROPOSED],
    S.AUTHORISED: [V.AUTHORISED],
    S.EXECUTED: [V.EXECUTED],
    S.CLOSED: [V.EXECUTED, V.CLOSED],
    S.CANCELLED: [V.PROPOSED, V.CANCELLED],
    S.RETRACTED: [V.EXECUTED, V.RETRACTED],
}
ALLOWED = {
    None: {V.PROPOSED, V.AUTHORISED, V.EXECUTED, V.RETRACTED},
    S.PROPOSED: {V.AUTHORISED, V.EXECUTED, V.AMENDED, V.CANCELLED, V.RETRACTED},
    S.AUTHORISED: {V.EXECUTED, V.AMENDED, V.CANCELLED, V.RETRACTED},
    S.EXECUTED: {V.CLOSED, V.RETRACTED},
    S.CLOSED: {V.RETRACTED},
    S.CANCELLED: {V.RETRACTED},
    S.RETRACTED: set(),
}


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("status", [None, *Status])
def test_what_may_follow(status: Status | None, verb: Verb) -> None:
    way = [heard(one, n) for n, one in enumerate(REACHED_BY[status] if status else [], 1)]
    action = course(*way).action if way else None
    wrong = decide_lifecycle(action, heard(verb, len(way) + 1), Turn.NEXT)
    assert (wrong is None) == (verb in ALLOWED[status])


def test_an_amendment_of_something_unseen_is_taken_only_where_it_may_not_wait() -> None:
    assert decide_lifecycle(None, heard(V.AMENDED, 2), Turn.AHEAD) is None
    assert decide_lifecycle(None, heard(V.AMENDED, 1), Turn.NEXT) is not None


def test_errors_name_rules_and_no_values() -> None:
    retracted = course(heard(V.EXECUTED, 1), heard(V.RETRACTED, 2)).action
    wrong = decide_lifecycle(retracted, heard(V.EXECUTED, 3), Turn.NEXT)
    assert wrong is not None
    assert (wrong.field, wrong.rule) == ("data.action_id", "retracted")
