"""Any order, split, repetition and read-ahead of a valid life ends in the same action."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.tasking.domain import Action, Course, Heard
from shared.contracts.pursue import Status, Verb
from tests.unit.tasking.samples import ID, LEAD, after, details, heard, sealed

V = Verb
MIDDLE = {Status.PROPOSED: [V.AUTHORISED, V.AMENDED], Status.AUTHORISED: [V.AMENDED]}

ENDS: dict[bool, list[list[Verb]]] = {
    True: [[], [], [], [V.CANCELLED], [V.EXECUTED], [V.EXECUTED, V.CLOSED]],
    False: [[], [V.CLOSED]],
}


def _details(draw: st.DrawFn, revision: int, seal: bool) -> dict[str, Any]:
    urgency = draw(st.sampled_from(["routine", "life_risk"]))
    return (sealed if seal else details)(urgency=urgency, summary=f"as of {revision}")


@st.composite
def lives(draw: st.DrawFn) -> list[Heard]:
    """The submissions of one action in a valid order: planned and amended, perhaps executed, ended, retracted."""
    seal = draw(st.booleans())
    status = draw(st.sampled_from([Status.PROPOSED, Status.AUTHORISED, Status.EXECUTED]))
    verbs = [V(status.value)]
    for _ in range(draw(st.integers(0, 4)) if status in MIDDLE else 0):
        verbs.append(draw(st.sampled_from(MIDDLE[status])))
        status = Status.AUTHORISED if verbs[-1] is V.AUTHORISED else status
    verbs += draw(st.sampled_from(ENDS[status in MIDDLE]))
    verbs += draw(st.sampled_from([[], [], [], [V.RETRACTED]]))
    life = []
    for revision, verb in enumerate(verbs, 1):
        seal = seal and (revision == 1 or draw(st.booleans()))
        lead = draw(st.sampled_from([None, LEAD]))
        life.append(heard(verb, revision, _details(draw, revision, seal), lead=lead))
    return life


@st.composite
def deliveries(draw: st.DrawFn, life: list[Heard]) -> list[list[Heard]]:
    """The same submissions in batches: shuffled, repeated under the same or a new id, urgent ones perhaps ahead."""
    again = draw(st.lists(st.sampled_from(life), max_size=4))
    renamed = [heard_again(one, n) for n, one in enumerate(again) if draw(st.booleans())]
    stream = draw(st.permutations([*life, *again, *renamed]))
    if draw(st.booleans()):
        urgent = [one for one in stream if one.life_risk or one.verb is V.RETRACTED]
        stream = [*urgent, *stream]
    batches: list[list[Heard]] = [[]]
    for one in stream:
        if draw(st.booleans()):
            batches.append([])
        batches[-1].append(one)
    return batches


def heard_again(one: Heard, number: int) -> Heard:
    """The same submission under another event id, as a careless publisher sends it."""
    return heard(one.verb, one.revision, dict(one.details or {}), event_id=f"again-{number}", lead=one.lead)


def outcome(course: Course) -> Any:
    """What anyone can see of the end: not how many steps led there. Of what was retracted, only that it was."""
    action: Action | None = course.action
    assert action is not None
    if action.status is Status.RETRACTED:
        return action.id, action.revision, action.status
    return (action.id, action.revision, action.status, action.sealed, action.details, action.lead, action.backfill)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_the_end_does_not_depend_on_the_order(data: st.DataObject) -> None:
    life = data.draw(lives())
    in_order = after([[one] for one in life])
    found = after(data.draw(deliveries(life)))
    assert {one.verdict.value for one in in_order.said()} == {"accepted"}
    assert outcome(found) == outcome(in_order)
    assert not found.waiting


@settings(deadline=None)
@given(st.data())
def test_versions_count_the_changes_and_a_seal_is_never_put_back(data: st.DataObject) -> None:
    life = data.draw(lives())
    steps = [found for batch in prefixes(data.draw(deliveries(life))) for found in [after(batch)]]
    versions = [course.action.version for course in steps if course.action]
    seals = [course.action.sealed for course in steps if course.action and course.action.details]
    assert versions == sorted(versions)
    assert seals == sorted(seals, reverse=True)
    assert all(course.action is None or course.action.id == ID for course in steps)


def prefixes(batches: list[list[Heard]]) -> list[list[list[Heard]]]:
    """The deliveries up to each of their batches."""
    return [batches[:n] for n in range(1, len(batches) + 1)]
