"""West Midlands plan a sealed action into West Mercia and cancel it: who was told is stood down, nobody else hears."""

from nclcc.scenario.model import Change, Publish, Task, Thread
from nclcc.scenario.people import young_runner
from nclcc.scenario.places import TELFORD_HOUSE
from nclcc.scenario.rules import FORCE
from nclcc.scenario.story import Story
from shared.contracts.protect import TaskChange
from shared.contracts.pursue import Verb

WEST_MERCIA = Task("west-mercia", "safeguarding", FORCE)
QUIET = ("la-telford-and-wrekin", "la-lambeth", "catch22")


def thread(story: Story) -> Thread:
    """Proposed sealed, then cancelled."""
    action = story.action("west-midlands", "cancelled")
    return Thread(
        "cancelled",
        "A sealed action that is cancelled",
        (("west-midlands", "west-mercia"),),
        (
            _proposed(story),
            story.pursue(
                "cancels it: the named contact is stood down, the held tasks vanish unheard",
                action,
                Verb.CANCELLED,
                2,
                "The address was empty.",
                changed=(Change(WEST_MERCIA, TaskChange.STOOD_DOWN),),
                quiet=QUIET,
            ),
        ),
    )


def _proposed(story: Story) -> Publish:
    details = story.details(
        "urgent",
        TELFORD_HOUSE,
        people=(young_runner("p1"),),
        sealed=True,
        pre_brief=[{"organisation": "west-mercia", "contact": "west-mercia-named"}],
        named_officer="west-midlands-named",
        planned_for=story.at(hours=54),
        operation_name="Invented Redshank",
    )
    says = "proposes a sealed action into Telford: one named contact is told"
    action = story.action("west-midlands", "cancelled")
    return story.pursue(says, action, Verb.PROPOSED, 1, details, raised=(WEST_MERCIA,), quiet=QUIET)
