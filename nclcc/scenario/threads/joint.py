"""The NCA lead a national action that three forces execute together, each on its own topic."""

from typing import Any

from nclcc.scenario.model import Action, Climb, Parts, Publish, Task, Thread
from nclcc.scenario.places import BRADFORD_HOUSE, BRISTOL_HOUSE, SOUTHEND_HOUSE, Spot
from nclcc.scenario.rules import FORCE
from nclcc.scenario.story import Story
from shared.contracts.pursue import Verb

WEST_YORKSHIRE = Task("west-yorkshire", "safeguarding", FORCE)
PARTS = (
    ("metropolitan", SOUTHEND_HOUSE, Task("essex", "safeguarding", FORCE)),
    ("west-midlands", BRISTOL_HOUSE, Task("avon-and-somerset", "safeguarding", FORCE)),
    ("greater-manchester", BRADFORD_HOUSE, WEST_YORKSHIRE),
)


def thread(story: Story) -> Thread:
    """Proposed by the NCA, executed in parts; one receiving force does not answer."""
    lead = story.action("nca", "joint")
    forces = [force for force, _, _ in PARTS]
    return Thread(
        "joint",
        "A national action in three parts",
        tuple((force, task.organisation) for force, _, task in PARTS),
        (
            story.pursue(
                "proposes a national action with three parts",
                lead,
                Verb.PROPOSED,
                1,
                {"urgency": "urgent", "parts": forces, "summary": "Three forces at the same hour."},
            ),
            *(_part(story, lead, *part) for part in PARTS),
            Parts("The NCA's action shows all three parts executed", lead, dict.fromkeys(forces, "executed")),
            Climb(
                "Nobody in West Yorkshire answers: the alert climbs to the centre's desk (delays of about a second "
                "here, of 15 to 60 minutes in earnest)",
                story.action("greater-manchester", "joint"),
                WEST_YORKSHIRE,
            ),
        ),
    )


def _part(story: Story, lead: Action, force: str, spot: Spot, task: Task) -> Publish:
    details: dict[str, Any] = story.details(
        "urgent",
        spot,
        part_of={"lead": lead.acting, "action_id": str(lead.action_id)},
        executed_at=story.at(),
        summary="Our part of the national action.",
    )
    town = (spot.address or "").rpartition(", ")[2]
    action = story.action(force, "joint")
    return story.pursue(f"executes its part in {town}", action, Verb.EXECUTED, 1, details, raised=(task,))
