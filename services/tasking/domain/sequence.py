"""The order of an action's submissions: what is applied, what waits, and what became of each."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.tasking.domain.action import Action, Course, Facts, Heard, Step, Verdict, Waiting
from services.tasking.domain.lifecycle import Turn, apply, decide_lifecycle, decide_turn
from services.tasking.domain.sealing import decide_seal
from services.tasking.domain.warnings import PREDECESSOR_MISSING, decide_warnings
from shared.contracts.model import Mode
from shared.contracts.receipts import Verdict as Said
from shared.kernel.errors import FieldError


def decide_course(
    action: Action | None,
    waiting: Iterable[Waiting],
    heard: Sequence[Heard],
    facts: Facts,
    now: datetime,
    wait: timedelta,
) -> Course:
    """Take all that a batch holds about one action, lowest revision first, and what waited and can now follow.

    Any order, split and repetition of the same submissions ends in the same action.
    """
    course = Course(action, {one.heard.revision: one for one in waiting})
    for one in sorted(heard, key=lambda each: each.revision):
        _take(course, one, facts, now, wait)
        _follow(course, facts, now, wait)
    return course


def decide_expiry(waiting: Waiting, now: datetime) -> Verdict | None:
    """The final word on a submission whose predecessor did not come; None while it may still wait."""
    if waiting.until > now:
        return None
    error = FieldError("data.revision", PREDECESSOR_MISSING, "the submission before this one did not come in time")
    return Verdict(waiting.heard, Said.REJECTED, (error,))


def _follow(course: Course, facts: Facts, now: datetime, wait: timedelta) -> None:
    """Take what waited, as long as something in it need wait no longer."""
    while ready := [r for r, one in course.waiting.items() if decide_turn(course.action, one.heard) is not Turn.WAIT]:
        _take(course, course.waiting.pop(min(ready)).heard, facts, now, wait)


def _take(course: Course, heard: Heard, facts: Facts, now: datetime, wait: timedelta) -> None:
    turn = decide_turn(course.action, heard)
    errors = _errors(course, heard, turn, facts, now)
    if errors:
        verdict = Verdict(heard, Said.REJECTED, tuple(errors))
    elif heard.mode is Mode.VALIDATE_ONLY:
        gap = (PREDECESSOR_MISSING,) if turn is Turn.WAIT else ()
        verdict = Verdict(heard, Said.VALID, warnings=(*gap, *decide_warnings(heard, facts, now)))
    elif turn is Turn.WAIT:
        course.waiting[heard.revision] = Waiting(heard, now + wait)
        verdict = Verdict(heard, Said.WAITING, until=now + wait)
    else:
        course.action = apply(course.action, heard, turn)
        course.steps.append(Step(heard, course.action))
        verdict = Verdict(heard, Said.ACCEPTED, warnings=decide_warnings(heard, facts, now))
    course.verdicts[heard.event_id] = verdict


def _errors(course: Course, heard: Heard, turn: Turn, facts: Facts, now: datetime) -> Sequence[FieldError]:
    if turn is Turn.STALE:
        return [FieldError("data.revision", "stale", "a later submission about this action was applied already")]
    if turn is Turn.LATE:
        return []
    if turn is Turn.WAIT:
        if heard.revision in course.waiting:
            return [FieldError("data.revision", "taken", "another submission with this revision is waiting")]
        # What waits is judged when its turn comes; a check alone is judged now, as far as that is possible.
        return decide_seal(course.action, heard, facts, now) if heard.mode is Mode.VALIDATE_ONLY else []
    wrong = decide_lifecycle(course.action, heard, turn)
    return [wrong] if wrong else decide_seal(course.action, heard, facts, now)
