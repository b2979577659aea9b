"""The life of an action: which submission's turn it is, what may follow what, and the state after it."""

from dataclasses import replace
from enum import Enum
from typing import Final

from services.tasking.domain.action import Action, Details, Heard
from services.tasking.domain.differences import changed_fields
from shared.contracts.pursue import Status, Verb
from shared.kernel.errors import FieldError


class Turn(Enum):
    """Whether a submission can be taken now."""

    NEXT = "next"
    AHEAD = "ahead"
    """It overtakes others that have not come, because it may not wait."""
    LATE = "late"
    """It was overtaken, and still says something that the one which overtook it could not."""
    STALE = "stale"
    WAIT = "wait"


_FIRST: Final = (Verb.PROPOSED, Verb.AUTHORISED, Verb.EXECUTED)
_PLANNED: Final = frozenset({Status.PROPOSED, Status.AUTHORISED})
_MAY_FOLLOW: Final[dict[Verb, frozenset[Status]]] = {
    Verb.PROPOSED: frozenset(),
    Verb.AUTHORISED: frozenset({Status.PROPOSED}),
    Verb.EXECUTED: _PLANNED,
    Verb.AMENDED: _PLANNED,
    Verb.CANCELLED: _PLANNED,
    Verb.CLOSED: frozenset({Status.EXECUTED}),
    Verb.RETRACTED: frozenset(Status) - {Status.RETRACTED},
}
_OVER: Final = frozenset({Status.CANCELLED, Status.CLOSED, Status.RETRACTED})
_BECOMES: Final[dict[Verb, Status]] = {
    Verb.PROPOSED: Status.PROPOSED,
    Verb.AUTHORISED: Status.AUTHORISED,
    Verb.EXECUTED: Status.EXECUTED,
    Verb.CANCELLED: Status.CANCELLED,
    Verb.CLOSED: Status.CLOSED,
    Verb.RETRACTED: Status.RETRACTED,
}


def decide_turn(action: Action | None, heard: Heard) -> Turn:
    """Whether `heard` is the next of its action's submissions, by its revision and by what it says."""
    last = action.revision if action else 0
    if heard.verb is Verb.RETRACTED or (action and action.status is Status.RETRACTED):
        return Turn.NEXT if heard.revision == last + 1 else Turn.AHEAD
    if heard.revision <= last:
        return Turn.LATE if action and _still_authorises(action, heard) else Turn.STALE
    if heard.revision == last + 1:
        return Turn.NEXT
    if heard.never_waits or (action and action.status in _OVER):
        return Turn.AHEAD
    return Turn.WAIT


def _still_authorises(action: Action, heard: Heard) -> bool:
    # An amendment that overtook the authorisation could not know of it: without this the order of arrival
    # would decide whether the action ends as proposed or as authorised.
    overtaken = action.overtook(heard.revision)
    return heard.verb is Verb.AUTHORISED and action.status is Status.PROPOSED and overtaken


def decide_lifecycle(action: Action | None, heard: Heard, turn: Turn) -> FieldError | None:
    """The rule that forbids `heard` in the action's status, or None."""
    if action is None:
        first = heard.verb in (*_FIRST, Verb.RETRACTED) or (heard.verb is Verb.AMENDED and turn is Turn.AHEAD)
        return (
            None if first else FieldError("type", "lifecycle", "the first submission proposes, authorises or executes")
        )
    if action.status is Status.RETRACTED:
        return FieldError("data.action_id", "retracted", "this action was retracted; nothing follows a retraction")
    if action.status in _MAY_FOLLOW[heard.verb]:
        return None
    return FieldError("type", "lifecycle", f"an action that is {action.status} cannot be {heard.verb}")


def apply(action: Action | None, heard: Heard, turn: Turn) -> Action:
    """The action after `heard`, which was found allowed."""
    if turn is Turn.LATE and action:
        return _absorbed(action, heard)
    details = _details(action, heard)
    last = action.revision if action else 0
    skipped = action.skipped if action else ()
    if turn is Turn.AHEAD and heard.revision > last + 1:
        skipped = (*skipped, (last + 1, heard.revision - 1))
    return Action(
        id=heard.id,
        acting=heard.acting,
        action_id=heard.action_id,
        version=action.version + 1 if action else 1,
        revision=max(last, heard.revision),
        status=_BECOMES.get(heard.verb) or (action.status if action else Status.PROPOSED),
        change=heard.verb,
        changed=changed_fields(action.details, details) if action and action.details and details else (),
        sealed=_sealed(action, heard),
        backfill=heard.mode == "backfill",
        occurred_at=heard.occurred_at,
        submission_id=heard.event_id,
        details=details,
        reason=heard.reason,
        lead=heard.lead if heard.details else (action.lead if action else None),
        parts=action.parts if action else (),
        skipped=skipped,
    )


def _absorbed(action: Action, heard: Heard) -> Action:
    """Only the authorisation is new: the details that overtook it are newer than its own."""
    return replace(
        action,
        version=action.version + 1,
        status=Status.AUTHORISED,
        change=heard.verb,
        changed=(),
        submission_id=heard.event_id,
        occurred_at=heard.occurred_at,
    )


def _sealed(action: Action | None, heard: Heard) -> bool:
    if heard.details is not None:
        return heard.seals
    # What was retracted before we saw it may have been sealed: an unknown audience is nobody.
    return action.sealed if action else True


def _details(action: Action | None, heard: Heard) -> Details | None:
    if heard.details is None:
        return action.details if action else None
    return {**heard.details, "sealed": heard.seals}
