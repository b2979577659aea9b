"""What tasking hears: forces' own topics in two lanes, and the facts that it keeps copies of."""

from collections.abc import Sequence
from typing import Final

from services.tasking.handlers.facts import keep_contacts, keep_lines, keep_organisations
from services.tasking.handlers.hearing import hear
from services.tasking.handlers.submissions import take_submissions
from shared.bus.consumer import Lane
from shared.bus.record import BatchHandler, Record
from shared.bus.routing import Routes, routed
from shared.bus.submissions import Intake, Submitted
from shared.bus.work import Work
from shared.contracts.pursue import Verb
from shared.contracts.registry import CONTACT_CHANGED, LINE_CHANGED, ORGANISATION_CHANGED
from shared.contracts.topics import CONTACTS_STATE, LINES_STATE, ORGANISATIONS_STATE, PURSUE

FACTS: Final[Routes] = {
    LINE_CHANGED: keep_lines,
    CONTACT_CHANGED: keep_contacts,
    ORGANISATION_CHANGED: keep_organisations,
}

SUBMISSIONS_GROUP: Final = "tasking.submissions"
AHEAD_GROUP: Final = "tasking.ahead"
FACTS_GROUP: Final = "tasking.facts"


def lanes(intake: Intake, key: bytes) -> list[Lane]:
    """Every submission; those that may not wait, ahead of a backlog; facts."""
    return [
        Lane(
            SUBMISSIONS_GROUP,
            submissions(intake, key),
            pattern=PURSUE.pattern,
            max_records=100,
            gives_way_to=AHEAD_GROUP,
        ),
        Lane(AHEAD_GROUP, ahead(intake, key), pattern=PURSUE.pattern, keep=may_be_ahead, max_records=5000),
        Lane(FACTS_GROUP, routed(FACTS), topics=(LINES_STATE, CONTACTS_STATE, ORGANISATIONS_STATE), patient=True),
    ]


def submissions(intake: Intake, key: bytes) -> BatchHandler:
    """Takes in whatever forces send; what the other lane has taken already is known by its place in the topic."""

    async def handle(work: Work, records: Sequence[Record]) -> None:
        await take_submissions(work, [intake.read(record) for record in records], intake, key)

    return handle


def ahead(intake: Intake, key: bytes) -> BatchHandler:
    """Takes in what may not wait; leaves everything else, wrong or not, unclaimed to the other lane."""

    async def handle(work: Work, records: Sequence[Record]) -> None:
        urgent = [one for record in records if is_ahead(one := intake.read(record), key)]
        if urgent:
            await take_submissions(work, urgent, intake, key)

    return handle


def may_be_ahead(record: Record) -> bool:
    """A cheap look at the bytes, for the lane that passes over a backlog: wrong only by letting too much through."""
    raw = record.value or b""
    return b'"life_risk"' in raw or Verb.RETRACTED.type.encode() in raw


def is_ahead(one: Submitted, key: bytes) -> bool:
    """Whether a submission is well formed and a risk to life or a retraction."""
    if one.errors or one.event is None:
        return False
    heard = hear(key, one)
    return heard.life_risk or heard.verb is Verb.RETRACTED
