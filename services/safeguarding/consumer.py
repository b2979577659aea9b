"""What safeguarding hears: the literal table of its routes and lanes."""

from functools import partial

from services.safeguarding.domain.wanted import Knowledge
from services.safeguarding.handlers.follow_contacts import follow_contacts
from services.safeguarding.handlers.follow_lines import follow_lines
from services.safeguarding.handlers.raise_protect_tasks import raise_protect_tasks
from services.safeguarding.handlers.take_answers import take_answers
from services.safeguarding.handlers.take_responses import take_responses
from shared.bus.consumer import Lane
from shared.bus.routing import Routes, routed
from shared.bus.submissions import Intake
from shared.contracts.protect import ANSWERED, RESPONSES
from shared.contracts.pursue import CHANGED
from shared.contracts.registry import CONTACT_CHANGED, LINE_CHANGED
from shared.contracts.topics import (
    ANSWERS_EVENTS,
    CONTACTS_STATE,
    LINES_STATE,
    PURSUE_EVENTS,
    PURSUE_SEALED,
    PURSUE_URGENT,
)
from shared.contracts.topics import RESPONSES as RESPONSES_TOPIC


def routes(known: Knowledge) -> Routes:
    """Type of event to use case."""
    return {
        CHANGED: partial(raise_protect_tasks, known),
        LINE_CHANGED: partial(follow_lines, known),
        CONTACT_CHANGED: follow_contacts,
        ANSWERED: partial(take_answers, known),
    }


def lanes(known: Knowledge) -> list[Lane]:
    """Who reads which topics: what is urgent or sealed never waits behind what is routine."""
    hear = routed(routes(known))
    responses = partial(take_responses, known, Intake("safeguarding", RESPONSES))
    return [
        # small batches: while one is decided, nothing else of this process moves, and a risk to life must
        Lane("safeguarding.routine", hear, topics=(PURSUE_EVENTS,), max_records=20),
        Lane("safeguarding.urgent", hear, topics=(PURSUE_URGENT, PURSUE_SEALED)),
        Lane("safeguarding.facts", hear, topics=(LINES_STATE, CONTACTS_STATE), patient=True),
        Lane("safeguarding.answers", hear, topics=(ANSWERS_EVENTS,)),
        Lane("safeguarding.responses", responses, pattern=RESPONSES_TOPIC.pattern),
    ]
