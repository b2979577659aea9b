"""The scenario as data: real geography, invented people, invented pairs of forces; nothing here plays it.

`threads(now)` gives the steps and what must come of each, `roster_path()` the contacts, rotas and policies.
"""

from datetime import datetime
from pathlib import Path

from nclcc.scenario.model import (
    Action,
    Answer,
    Change,
    Climb,
    Look,
    Parts,
    Protection,
    Publish,
    Step,
    Stream,
    Task,
    Thread,
    Verdicts,
    Way,
)
from nclcc.scenario.story import Story
from nclcc.scenario.threads import tell

__all__ = [
    "Action",
    "Answer",
    "Change",
    "Climb",
    "Look",
    "Parts",
    "Protection",
    "Publish",
    "Step",
    "Story",
    "Stream",
    "Task",
    "Thread",
    "Verdicts",
    "Way",
    "roster_path",
    "threads",
]


def threads(now: datetime, seed: str = "scenario") -> tuple[Thread, ...]:
    """All threads as they begin at `now`; the same seed gives the same ids."""
    return tell(Story(now, seed))


def roster_path() -> Path:
    """The roster file of the scenario's organisations."""
    return Path(__file__).with_name("roster.yaml")
