"""The British Transport Police find a missing child on a train into Scotland: a risk to life."""

from nclcc.scenario.model import Answer, Change, Task, Thread, Way
from nclcc.scenario.people import missing_child
from nclcc.scenario.places import LOCKERBIE_TRAIN
from nclcc.scenario.rules import CHILDREN_SCOTLAND, EDT_SCOTLAND, FORCE, HOME_ENGLAND, HOST_SCOTLAND, MISSING
from nclcc.scenario.story import Story
from shared.contracts.protect import AnswerKind, TaskChange
from shared.contracts.pursue import Verb
from shared.reference import Nation

SCOTLAND = Task("police-scotland", "safeguarding", FORCE)
RAISED = (
    SCOTLAND,
    Task("la-dumfries-and-galloway", "children", CHILDREN_SCOTLAND),
    Task("la-dumfries-and-galloway", "children", HOST_SCOTLAND),
    Task("la-cumberland", "children", HOME_ENGLAND),
    Task("btp", "publisher", MISSING),
)

DUTY_TEAM = Task("la-dumfries-and-galloway", "edt", EDT_SCOTLAND)


def thread(story: Story) -> Thread:
    """Found, and accepted by Police Scotland."""
    action = story.action("btp", "train")
    details = story.details(
        "life_risk",
        LOCKERBIE_TRAIN,
        people=(missing_child("p1", story.now),),
        executed_at=story.at(),
        summary="A missing child found alone on a northbound train.",
    )
    return Thread(
        "train",
        "A missing child on a train into Scotland",
        (("btp", "police-scotland"),),
        (
            story.pursue(
                "finds a missing child on a train at Lockerbie, a risk to life; what it leaves out is asked back",
                action,
                Verb.EXECUTED,
                1,
                details,
                raised=(*RAISED, *story.after_hours(Nation.SCOTLAND, DUTY_TEAM)),
            ),
            Answer(
                "Police Scotland accept by link", "police-scotland", action, SCOTLAND, AnswerKind.ACCEPTED,
                "Sgt Fergus Dalry", Way.LINK, (Change(SCOTLAND, TaskChange.ACCEPTED),),
            ),
        ),
    )  # fmt: skip
