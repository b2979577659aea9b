"""Greater Manchester amend an action before they execute it; the amendment overtakes the proposal on the way."""

from typing import Any

from nclcc.scenario.model import ACCEPTED, Change, Publish, Task, Thread, Verdicts
from nclcc.scenario.places import BLACKPOOL_FLAT, MACCLESFIELD_HOUSE, PRESTON_HOUSE
from nclcc.scenario.rules import FORCE
from nclcc.scenario.story import Story
from shared.contracts.protect import TaskChange
from shared.contracts.pursue import Verb
from shared.contracts.receipts import Verdict

LANCASHIRE = Task("lancashire", "safeguarding", FORCE)
CHESHIRE = Task("cheshire", "safeguarding", FORCE)


def thread(story: Story) -> Thread:
    """A reordered pair, an amendment that moves a place to another force, then the execution."""
    action = story.action("greater-manchester", "amended")
    return Thread(
        "amended",
        "An action amended before it is executed",
        (("greater-manchester", "lancashire"), ("greater-manchester", "cheshire")),
        (
            *_reordered(story),
            story.pursue(
                "amends again: Macclesfield instead of Lancashire. One task is new, one is withdrawn",
                action,
                Verb.AMENDED,
                3,
                _details(story, MACCLESFIELD_HOUSE),
                raised=(CHESHIRE,),
                changed=(Change(LANCASHIRE, TaskChange.WITHDRAWN),),
            ),
            story.pursue(
                "executes it: what Cheshire must know has changed",
                action,
                Verb.EXECUTED,
                4,
                _details(story, MACCLESFIELD_HOUSE) | {"executed_at": story.at()},
                changed=(Change(CHESHIRE, TaskChange.CHANGED),),
            ),
        ),
    )


def _reordered(story: Story) -> tuple[Publish, Publish]:
    action = story.action("greater-manchester", "amended")
    amended = story.pursue(
        "sends an amendment that overtakes its proposal: it waits, and its receipt says so",
        action,
        Verb.AMENDED,
        2,
        _details(story, BLACKPOOL_FLAT, PRESTON_HOUSE),
        receipt=Verdicts(Verdict.WAITING),
    )
    proposed = story.pursue(
        "sends the proposal: both now stand, in their right order",
        action,
        Verb.PROPOSED,
        1,
        _details(story, BLACKPOOL_FLAT),
        raised=(LANCASHIRE,),
        later_receipts=((str(amended.event_id), ACCEPTED),),
    )
    return amended, proposed


def _details(story: Story, *spots: Any) -> dict[str, Any]:
    return story.details("routine", *spots, planned_for=story.at(hours=80), summary="Addresses that are sold from.")
