"""Merseyside plans a sealed action into North Wales and Cumbria: named contacts first, everyone else after it."""

from nclcc.scenario.model import Answer, Change, Look, Publish, Task, Thread, Way
from nclcc.scenario.people import young_runner
from nclcc.scenario.places import CARLISLE_HOUSE, COLWYN_HOTEL
from nclcc.scenario.rules import CHILDREN_WALES, EDT_WALES, FORCE, HOME_ENGLAND, HOST_WALES, VOLUNTARY
from nclcc.scenario.story import Story
from shared.contracts.protect import AnswerKind, TaskChange
from shared.contracts.pursue import Verb
from shared.reference import Nation

NORTH_WALES = Task("north-wales", "safeguarding", FORCE)
CUMBRIA = Task("cumbria", "safeguarding", FORCE)
PARTNERS = (
    Task("la-conwy", "children", CHILDREN_WALES),
    Task("la-conwy", "children", HOST_WALES),
    Task("la-lambeth", "children", HOME_ENGLAND),
    Task("catch22", "voluntary", VOLUNTARY),
)
DUTY_TEAM = Task("la-conwy", "edt", EDT_WALES)
QUIET = ("la-conwy", "la-lambeth", "catch22", "la-cumberland")


def thread(story: Story) -> Thread:
    """Proposed and authorised sealed, read by a named contact and by nobody else, then executed."""
    action = story.action("merseyside", "sealed")
    return Thread(
        "sealed",
        "A sealed action into North Wales and Cumbria",
        (("merseyside", "north-wales"), ("merseyside", "cumbria")),
        (
            _proposed(story),
            Look("The named contact in North Wales reads the pre-brief", "north-wales", "safeguarding",
                 "north-wales-named", action, NORTH_WALES, True),
            Look("For a colleague at the next desk it does not exist", "north-wales", "safeguarding",
                 "north-wales-duty", action, NORTH_WALES, False),
            Answer("The named contact in North Wales has seen it", "north-wales", action, NORTH_WALES,
                   AnswerKind.ACKNOWLEDGED, "Gethin Prosser", Way.LINK, (Change(NORTH_WALES, TaskChange.SEEN),)),
            _executed(story),
        ),
    )  # fmt: skip


def planned(story: Story) -> dict[str, object]:
    """The action as planned: sealed, with one named contact in each receiving force."""
    return story.details(
        "urgent",
        COLWYN_HOTEL,
        CARLISLE_HOUSE,
        people=(young_runner("p1"),),
        sealed=True,
        pre_brief=[
            {"organisation": "north-wales", "contact": "north-wales-named"},
            {"organisation": "cumbria", "contact": "cumbria-named"},
        ],
        named_officer="merseyside-named",
        planned_for=story.at(hours=30),
        operation_name="Invented Kittiwake",
        summary="A hotel and a house, at the same hour.",
    )


def _proposed(story: Story) -> Publish:
    says = "proposes a sealed action into Colwyn Bay and Carlisle: only two named contacts are told"
    return story.pursue(
        says,
        story.action("merseyside", "sealed"),
        Verb.PROPOSED,
        1,
        planned(story),
        raised=(NORTH_WALES, CUMBRIA),
        quiet=QUIET,
    )


def _executed(story: Story) -> Publish:
    details = {**planned(story), "sealed": False, "pre_brief": [], "named_officer": None, "executed_at": story.at()}
    says = "executes it: now the partners hear too"
    return story.pursue(
        says,
        story.action("merseyside", "sealed"),
        Verb.EXECUTED,
        2,
        {name: value for name, value in details.items() if value is not None},
        raised=(*PARTNERS, *story.after_hours(Nation.WALES, DUTY_TEAM)),
        changed=(Change(NORTH_WALES, TaskChange.RELEASED), Change(CUMBRIA, TaskChange.RELEASED)),
    )
