"""The Metropolitan Police act on a line into Kent and Norfolk: two exploited children and a flat taken over."""

from dataclasses import replace

from nclcc.scenario.model import ACCEPTED, Answer, Change, Protection, Publish, Stream, Task, Thread, Verdicts, Way
from nclcc.scenario.people import child_at_home, child_in_care, cuckooed_tenant
from nclcc.scenario.places import CAMDEN_HOME, MARGATE_FLAT, NORWICH_HOUSE
from nclcc.scenario.rules import (
    CHILDREN_ENGLAND,
    EDT_ENGLAND,
    FORCE,
    HEALTH,
    HOME_ENGLAND,
    HOST_ENGLAND,
    HOUSING,
    VOLUNTARY,
)
from nclcc.scenario.story import Story
from shared.contracts.protect import AnswerKind, TaskChange
from shared.contracts.pursue import Verb
from shared.contracts.receipts import Verdict
from shared.contracts.registry import LINE_DECLARED
from shared.reference import Nation

KENT = Task("kent", "safeguarding", FORCE)
NORFOLK = Task("norfolk", "safeguarding", FORCE)
KENT_CHILDREN = Task("la-kent", "children", CHILDREN_ENGLAND)
KENT_HOST = Task("la-kent", "children", HOST_ENGLAND)
CAMDEN_AT_HOME = Task("la-camden", "children", HOME_ENGLAND)
NORFOLK_CHILDREN = Task("la-norfolk", "children", CHILDREN_ENGLAND)
THANET_HOUSING = Task("la-thanet", "housing", HOUSING)
NORFOLK_HEALTH = Task("nhs-norfolk-and-suffolk", "health", HEALTH)
CATCH22 = Task("catch22", "voluntary", VOLUNTARY)
DUTY_TEAMS = (Task("la-kent", "edt", EDT_ENGLAND), Task("la-norfolk", "edt", EDT_ENGLAND))
RAISED = (
    KENT, NORFOLK, KENT_CHILDREN, KENT_HOST, CAMDEN_AT_HOME, NORFOLK_CHILDREN, THANET_HOUSING, NORFOLK_HEALTH, CATCH22,
)  # fmt: skip


def thread(story: Story) -> Thread:
    """The line is declared, the warrants are executed, the recipients answer by every way that there is."""
    warrants = story.action("metropolitan", "warrants")
    executed = _executed(story)
    return Thread(
        "warrants",
        "Warrants on a line into Kent and Norfolk",
        (("metropolitan", "kent"), ("metropolitan", "norfolk")),
        (
            _line(story),
            executed,
            replace(
                executed,
                says="The same event is sent again: the first receipt comes again, and nothing else happens",
                receipt=Verdicts(Verdict.ACCEPTED, repeat=True),
                raised=(),
            ),
            *_answers(story),
            Protection(
                "The Metropolitan Police look up whom their action concerned and what became of it", warrants, RAISED
            ),
            _only_the_line(story),
        ),
    )


def _line(story: Story) -> Publish:
    areas = [
        {"district": CAMDEN_HOME.district, "role": "exporting"},
        {"district": MARGATE_FLAT.district, "role": "receiving"},
        {"district": NORWICH_HOUSE.district, "role": "receiving"},
    ]
    line_id = str(story.id("line", "metropolitan"))
    data = {"line_id": line_id, "revision": 1, "name": "Larkspur (invented)", "areas": areas}
    event = story.event("metropolitan", LINE_DECLARED, "line", data)
    says = "declares a line from Camden into Thanet and Norwich"
    return story.publication(says, "metropolitan", Stream.INTEL, event, ACCEPTED)


def _executed(story: Story) -> Publish:
    details = story.details(
        "urgent",
        MARGATE_FLAT,
        NORWICH_HOUSE,
        people=(child_in_care("p1"), child_at_home("p2"), cuckooed_tenant("p1")),
        executed_at=story.at(),
        line_id=str(story.id("line", "metropolitan")),
        title="Warrants in Margate and Norwich",
        summary="Two addresses entered; two children and one adult at risk.",
    )
    says = "executes warrants in Margate and Norwich: two exploited children, one flat taken over"
    raised = (*RAISED, *story.after_hours(Nation.ENGLAND, *DUTY_TEAMS))
    return story.pursue(says, story.action("metropolitan", "warrants"), Verb.EXECUTED, 1, details, raised=raised)


def _answers(story: Story) -> tuple[Answer, ...]:
    warrants = story.action("metropolitan", "warrants")
    return (
        Answer(
            "Kent Police accept on their own topic",
            "kent", warrants, KENT, AnswerKind.ACCEPTED, "DI Maeve Okonjo-Hart", Way.KAFKA,
            (Change(KENT, TaskChange.ACCEPTED),),
        ),
        Answer(
            "Kent's children's services open the link, which changes nothing, and say that they have seen it",
            "la-kent", warrants, KENT_CHILDREN, AnswerKind.ACKNOWLEDGED, "Sunniva Carrow", Way.LINK,
            (Change(KENT_CHILDREN, TaskChange.SEEN), Change(KENT_HOST, TaskChange.SEEN)),
        ),
        Answer(
            "Camden accept by link: the boy is theirs",
            "la-camden", warrants, CAMDEN_AT_HOME, AnswerKind.ACCEPTED, "Olive Brandreth", Way.LINK,
            (Change(CAMDEN_AT_HOME, TaskChange.ACCEPTED),),
        ),
        Answer(
            "Thanet's housing team decline: not their tenancy. It goes to the next in its route, Kent Police",
            "la-thanet", warrants, THANET_HOUSING, AnswerKind.DECLINED, "Piers Hollowell", Way.API,
            (Change(Task("kent", "safeguarding", HOUSING), TaskChange.REROUTED),),
            reason="The flat belongs to another landlord.",
        ),
    )  # fmt: skip


def _only_the_line(story: Story) -> Publish:
    details = {
        "urgency": "routine",
        "line_id": str(story.id("line", "metropolitan")),
        "executed_at": story.at(minutes=-30),
        "summary": "The line's number was switched off.",
        "reporter": {"unit": "Operations desk"},
    }
    action = story.action("metropolitan", "number-off")
    says = "switches the line's number off and names nothing but the line: it reaches the areas where it runs"
    return story.pursue(says, action, Verb.EXECUTED, 1, details, raised=(KENT, NORFOLK))
