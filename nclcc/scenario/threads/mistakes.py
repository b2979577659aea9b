"""What goes wrong on the way in: wrong fields, another force's name, no JSON, a straddling place, a wrong child."""

from nclcc.scenario.model import Change, Publish, Stream, Task, Thread, Verdicts
from nclcc.scenario.people import young_runner
from nclcc.scenario.places import LUNE_VALLEY, PRESTON_HOUSE
from nclcc.scenario.rules import CENTRE, CHILDREN_ENGLAND, FORCE, HOME_ENGLAND, HOST_ENGLAND, VOLUNTARY
from nclcc.scenario.story import Story
from shared.contracts.envelope import organisation_source
from shared.contracts.protect import TaskChange
from shared.contracts.pursue import Verb
from shared.contracts.receipts import Verdict

TOLD = (
    Task("lancashire", "safeguarding", FORCE),
    Task("la-lancashire", "children", CHILDREN_ENGLAND),
    Task("la-lancashire", "children", HOST_ENGLAND),
    Task("la-lambeth", "children", HOME_ENGLAND),
    Task("catch22", "voluntary", VOLUNTARY),
)


def thread(story: Story) -> Thread:
    """Every refusal names field and rule; nothing is guessed, nothing dropped; what was wrong is taken back."""
    return Thread(
        "mistakes",
        "What goes wrong, and what becomes of it",
        (("merseyside", "lancashire"),),
        (_invalid(story), _impostor(story), _no_json(), _straddling(story), *_wrong_child(story)),
    )


def _invalid(story: Story) -> Publish:
    details = {**story.details("very urgent", PRESTON_HOUSE), "sealed": "perhaps"}
    receipt = Verdicts(Verdict.REJECTED, (("data.action.sealed", "bool_parsing"), ("data.action.urgency", "enum")))
    action = story.action("west-midlands", "invalid")
    return story.pursue("sends an event with two wrong fields", action, Verb.EXECUTED, 1, details, receipt=receipt)


def _impostor(story: Story) -> Publish:
    data = {
        "action_id": str(story.id("action", "west-midlands", "impostor")),
        "revision": 1,
        "action": story.details("routine", PRESTON_HOUSE),
    }
    event = story.event("west-midlands", Verb.EXECUTED.type, "impostor", data)
    event["source"] = organisation_source("merseyside")
    says = "sends an event in Merseyside's name on its own topic: refused, and the centre is alerted"
    receipt = Verdicts(Verdict.REJECTED, (("source", "organisation"),))
    return story.publication(says, "west-midlands", Stream.PURSUE, event, receipt, alerted=("nclcc/duty",))


def _no_json() -> Publish:
    return Publish(
        says="sends bytes that are no JSON",
        organisation="greater-manchester",
        stream=Stream.PURSUE,
        body=b'{"specversion": "1.0", "id": "cut off in the mid',
        event_id=None,
        receipt=Verdicts(Verdict.REJECTED, (("(message)", "json"),)),
    )


def _straddling(story: Story) -> Publish:
    details = story.details("routine", LUNE_VALLEY, executed_at=story.at(), summary="A car used for handing over.")
    says = "names only the outcode LA6, which lies in three force areas: the centre's desk gets the candidates"
    action = story.action("merseyside", "straddling")
    return story.pursue(says, action, Verb.EXECUTED, 1, details, raised=(Task("nclcc", "duty", CENTRE),))


def _wrong_child(story: Story) -> tuple[Publish, Publish]:
    action = story.action("merseyside", "wrong-child")
    details = story.details("routine", PRESTON_HOUSE, people=(young_runner("p1"),), executed_at=story.at())
    told = story.pursue("reports a child found in Preston", action, Verb.EXECUTED, 1, details, raised=TOLD)
    retracted = story.pursue(
        "takes it back, it was the wrong child: whoever had it is told to forget it",
        action,
        Verb.RETRACTED,
        2,
        "wrong_person",
        changed=tuple(Change(task, TaskChange.RETRACTED) for task in TOLD),
    )
    return told, retracted
