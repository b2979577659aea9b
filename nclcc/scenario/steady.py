"""The same kind of action again and again, for measuring: a routine one with six tasks."""

from typing import Final

from nclcc.scenario.model import Publish, Task
from nclcc.scenario.people import young_runner
from nclcc.scenario.places import MARGATE_FLAT
from nclcc.scenario.rules import CHILDREN_ENGLAND, FORCE, HOME_ENGLAND, HOST_ENGLAND, HOUSING, VOLUNTARY
from nclcc.scenario.story import Story
from shared.contracts.pursue import Verb

RAISED: Final = (
    Task("kent", "safeguarding", FORCE),
    Task("la-thanet", "housing", HOUSING),
    Task("la-kent", "children", CHILDREN_ENGLAND),
    Task("la-kent", "children", HOST_ENGLAND),
    Task("la-lambeth", "children", HOME_ENGLAND),
    Task("catch22", "voluntary", VOLUNTARY),
)
TASKS_EACH: Final = len(RAISED)
FORCES: Final = ("merseyside", "west-midlands", "greater-manchester", "btp")


def steady_action(story: Story, number: int) -> Publish:
    """The action of this number, by one of four forces in turn."""
    force = FORCES[number % len(FORCES)]
    details = story.details("routine", MARGATE_FLAT, people=(young_runner("p1"),), executed_at=story.at())
    action = story.action(force, f"steady-{number}")
    return story.pursue(f"executes action {number}", action, Verb.EXECUTED, 1, details, raised=RAISED)
