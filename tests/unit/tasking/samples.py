"""Submissions as the domain hears them, with as little said as a test needs."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.tasking.domain import Action, Contact, Course, Facts, Heard, Verdict, Waiting, decide_course
from shared.contracts.model import Mode
from shared.contracts.pursue import Verb

NOW = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)
WAIT = timedelta(minutes=15)
ID = UUID(int=1)
ACTION_ID = UUID(int=2)
LEAD = UUID(int=3)
CARRIES = (Verb.PROPOSED, Verb.AUTHORISED, Verb.EXECUTED, Verb.AMENDED)
CONTACTS = {("north-wales", "nw-1"): Contact(True), ("merseyside", "ms-1"): Contact(True)}
FACTS = Facts(contacts=CONTACTS)


def details(**said: Any) -> dict[str, Any]:
    """An action's details in JSON form."""
    return {"urgency": "routine", "sealed": False, "places": [{"ref": "a", "district": "E07000106"}], **said}


def sealed(**said: Any) -> dict[str, Any]:
    """Details that ask for a seal, with contacts who may be told."""
    named = [{"organisation": "north-wales", "contact": "nw-1"}]
    return details(**({"sealed": True, "pre_brief": named, "named_officer": "ms-1"} | said))


def heard(
    verb: Verb,
    revision: int,
    said: dict[str, Any] | None = None,
    *,
    mode: Mode = Mode.LIVE,
    event_id: str | None = None,
    lead: UUID | None = None,
) -> Heard:
    """A submission of Merseyside about its one action."""
    return Heard(
        id=ID,
        acting="merseyside",
        action_id=ACTION_ID,
        event_id=event_id or f"e-{revision}",
        verb=verb,
        revision=revision,
        mode=mode,
        occurred_at=NOW,
        details=(said or details()) if verb in CARRIES else None,
        reason=None if verb in CARRIES else "over",
        lead=lead,
    )


def course(
    *submissions: Heard,
    action: Action | None = None,
    waiting: Iterable[Waiting] = (),
    facts: Facts = FACTS,
    now: datetime = NOW,
) -> Course:
    """What one batch of submissions comes to."""
    return decide_course(action, waiting, submissions, facts, now, WAIT)


def after(batches: Sequence[Sequence[Heard]], facts: Facts = FACTS) -> Course:
    """What batches one after another come to; each event is claimed once, as the intake does it.

    The verdicts are the last ones on every submission, of whatever batch; the steps are the last batch's.
    """
    claimed: set[str] = set()
    said: dict[str, Verdict] = {}
    found = Course(None, {})
    for batch in batches:
        new = [one for one in {each.event_id: each for each in batch}.values() if one.event_id not in claimed]
        claimed |= {one.event_id for one in new}
        if new:
            found = course(*new, action=found.action, waiting=found.waiting.values(), facts=facts)
            said |= found.verdicts
    found.verdicts = said
    return found


def verdict(found: Course, event_id: str) -> tuple[str, list[tuple[str, str]]]:
    """The verdict on one submission and the (field, rule) of each error."""
    said = found.verdicts[event_id]
    return said.verdict.value, [(error.field, error.rule) for error in said.errors]
