"""A Pursue action changed: raise, change, release or take back the tasks of those whom it concerns."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.safeguarding.domain.action import Action, postcodes_of
from services.safeguarding.domain.changes import Occasion, decide_task_changes
from services.safeguarding.domain.geography import normal_postcodes
from services.safeguarding.domain.wanted import Knowledge, LocalFacts
from services.safeguarding.repository import Gathered, gather_for_actions, lock_aggregates, save_actions
from services.safeguarding.work import SERVICE, Cause, record_changes
from shared.audit import Way
from shared.bus.record import Delivery
from shared.bus.work import Work
from shared.contracts.pursue import Status

_PLANNED: Final = (Status.PROPOSED, Status.AUTHORISED)


async def raise_protect_tasks(known: Knowledge, work: Work, deliveries: Sequence[Delivery]) -> None:
    """Takes the newest version of each action in the batch; a version that is not newer than ours is dropped."""
    newest = _newest(deliveries)
    actions = [action for action, _ in newest.values()]
    lines = {action.line for action in actions if action.line is not None}
    await lock_aggregates(work, {*newest, *lines})
    postcodes = normal_postcodes([code for action in actions for code in postcodes_of(action)])
    gathered = await gather_for_actions(work, list(newest), list(lines), postcodes)
    rows: list[tuple[Action, Mapping[str, Any], UUID | None]] = []
    for action, delivery in newest.values():
        ours = gathered.actions.get(action.id)
        if ours is not None and ours.version >= action.version:
            continue
        facts = facts_of(action, gathered)
        occasion = Occasion(work.now, str(action.version))
        changes = decide_task_changes(action, facts, gathered.tasks.get(action.id, []), known, occasion)
        record_changes(work, known.id_key, changes, cause_of(delivery, action))
        rows.append((action, delivery.event.data, line_to_follow(action, facts)))
    save_actions(work, rows)


def facts_of(action: Action, gathered: Gathered) -> LocalFacts:
    """What was gathered for one action of the batch."""
    line = gathered.lines.get(action.line) if action.line else None
    return LocalFacts(line.areas if line else None, gathered.postcodes)


def line_to_follow(action: Action, facts: LocalFacts) -> UUID | None:
    """The line whose changes move this action's tasks: while it is unknown, or while the action is only planned."""
    follows = action.wants_tasks and (facts.areas is None or action.status in _PLANNED)
    return action.line if follows else None


def cause_of(delivery: Delivery, action: Action) -> Cause:
    return Cause(delivery.event.id, SERVICE, action.acting, Way.KAFKA)


def _newest(deliveries: Sequence[Delivery]) -> dict[UUID, tuple[Action, Delivery]]:
    newest: dict[UUID, tuple[Action, Delivery]] = {}
    for delivery in deliveries:
        action = Action.of(delivery.event.data)
        held = newest.get(action.id)
        if held is None or held[0].version < action.version:
            newest[action.id] = (action, delivery)
    return newest
