"""What tasking decides about Pursue actions: pure functions of what is known and of `now`."""

from services.tasking.domain.action import Action, Contact, Course, Facts, Heard, Step, Verdict, Waiting
from services.tasking.domain.joint import PartReport, decide_parts
from services.tasking.domain.sequence import decide_course, decide_expiry

__all__ = [
    "Action",
    "Contact",
    "Course",
    "Facts",
    "Heard",
    "PartReport",
    "Step",
    "Verdict",
    "Waiting",
    "decide_course",
    "decide_expiry",
    "decide_parts",
]
