"""A line was registered or runs elsewhere now: keep our copy, and decide anew on the actions that wait for it."""

from collections.abc import Sequence
from uuid import UUID

from services.safeguarding.domain.action import postcodes_of
from services.safeguarding.domain.changes import Occasion, decide_task_changes
from services.safeguarding.domain.geography import normal_postcodes
from services.safeguarding.domain.wanted import Knowledge, LocalFacts
from services.safeguarding.handlers.raise_protect_tasks import cause_of, line_to_follow
from services.safeguarding.repository import (
    Line,
    gather_for_lines,
    list_postcodes,
    lock_actions_awaiting,
    lock_aggregates,
    save_awaited,
    save_lines,
)
from services.safeguarding.work import record_changes
from shared.bus.record import Delivery
from shared.bus.work import Work


async def follow_lines(known: Knowledge, work: Work, deliveries: Sequence[Delivery]) -> None:
    """Takes the newest version of each line in the batch."""
    newest: dict[UUID, tuple[Line, Delivery]] = {}
    for delivery in deliveries:
        line = _line(delivery)
        if line.line_id not in newest or newest[line.line_id][0].version < line.version:
            newest[line.line_id] = (line, delivery)
    # the line first: an action that arrives in this moment either sees our copy, or is seen here
    await lock_aggregates(work, newest)
    await lock_actions_awaiting(work, list(newest))
    gathered = await gather_for_lines(work, list(newest))
    texts = [code for action in gathered.actions.values() for code in postcodes_of(action)]
    postcodes = await list_postcodes(work, normal_postcodes(texts))
    follows: list[tuple[UUID, UUID | None]] = []
    for action in gathered.actions.values():
        found = newest.get(action.line) if action.line else None
        if found is None:
            continue
        line, delivery = found
        ours = gathered.lines.get(line.line_id)
        if ours is not None and ours.version >= line.version:
            continue
        facts = LocalFacts(line.areas, postcodes)
        occasion = Occasion(work.now, f"{action.version}/line/{line.version}")
        changes = decide_task_changes(action, facts, gathered.tasks.get(action.id, []), known, occasion)
        record_changes(work, known.id_key, changes, cause_of(delivery, action))
        follows.append((action.id, line_to_follow(action, facts)))
    save_lines(work, [line for line, _ in newest.values()])
    save_awaited(work, follows)


def _line(delivery: Delivery) -> Line:
    data = delivery.event.data
    arrives = [area["district"] for area in data["areas"] if area["role"] in ("receiving", "internal")]
    return Line(UUID(data["line_id"]), data["version"], data["owner"], tuple(dict.fromkeys(arrives)))
