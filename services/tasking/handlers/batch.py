"""A batch on its way through a use case: who sent what, what is known, and the course of each action."""

from dataclasses import dataclass, field
from uuid import UUID

from services.tasking.domain import Action, Course
from services.tasking.handlers.hearing import Origin
from services.tasking.repository import Gathered
from shared.audit import Action as Did
from shared.audit import Entry, Way
from shared.bus.submissions import Intake
from shared.bus.work import Work


@dataclass(slots=True)
class Batch:
    """One batch on its way: who sent what, what is known, and the course of each action."""

    work: Work
    intake: Intake
    key: bytes
    origins: dict[tuple[str, str], Origin]
    gathered: Gathered
    courses: dict[UUID, Course] = field(default_factory=dict)


def altered(action: Action, by: str, way: Way) -> Entry:
    """The audit entry of one change of an action."""
    return Entry(
        action=Did.ALTERATION,
        record_kind="pursue_action",
        record_id=str(action.id),
        actor=by,
        organisation=action.acting,
        way=way,
        detail={"version": action.version, "change": action.change.value},
    )
