"""What notify hears: the literal table of types and handlers, and the lanes that they come by."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from services.notify.handlers.follow_tasks import follow_tasks
from services.notify.handlers.record_receipts import record_receipts
from services.notify.handlers.stream_actions import stream_actions
from services.notify.handlers.take_notices import take_notices
from services.notify.work import Batch, Desk
from shared.bus.consumer import Lane
from shared.bus.record import BatchHandler, Delivery, Handler, Record
from shared.bus.routing import routed
from shared.bus.work import Work
from shared.contracts.protect import TaskChange
from shared.contracts.pursue import CHANGED
from shared.contracts.receipts import NOTICE, RECEIPT
from shared.contracts.topics import (
    PROTECT_EVENTS,
    PROTECT_SEALED,
    PROTECT_URGENT,
    PURSUE_EVENTS,
    PURSUE_URGENT,
    notices_topic,
    receipts_topic,
)

Hears = Callable[[Batch, Sequence[Delivery]], Awaitable[None]]

ROUTES: Final[Mapping[str, Hears]] = {
    TaskChange.RAISED.type: follow_tasks,
    TaskChange.CHANGED.type: follow_tasks,
    TaskChange.RELEASED.type: follow_tasks,
    TaskChange.SEEN.type: follow_tasks,
    TaskChange.ACCEPTED.type: follow_tasks,
    TaskChange.DECLINED.type: follow_tasks,
    TaskChange.REROUTED.type: follow_tasks,
    TaskChange.DONE.type: follow_tasks,
    TaskChange.WITHDRAWN.type: follow_tasks,
    TaskChange.STOOD_DOWN.type: follow_tasks,
    TaskChange.RETRACTED.type: follow_tasks,
    CHANGED: stream_actions,
    NOTICE: take_notices,
    RECEIPT: record_receipts,
}

_INTAKES = ("intel", "tasking", "safeguarding")


def handler(desk: Desk) -> BatchHandler:
    """Handles a batch of any lane: every handler's inbox entries get their sequences together, at its end."""

    async def handle(work: Work, records: Sequence[Record]) -> None:
        batch = Batch(work, desk)
        bound = {hears: _bound(hears, batch) for hears in ROUTES.values()}
        await routed({type: bound[hears] for type, hears in ROUTES.items()})(work, records)
        await batch.finish()

    return handle


def lanes(desk: Desk) -> list[Lane]:
    """Life risk, what is sealed and notices have a lane of their own."""
    handle = handler(desk)
    notices = tuple(notices_topic(service) for service in (*_INTAKES, "notify"))
    return [
        Lane("notify.routine", handle, topics=(PROTECT_EVENTS, PURSUE_EVENTS), max_records=100),
        Lane("notify.urgent", handle, topics=(PROTECT_URGENT, PROTECT_SEALED, PURSUE_URGENT, *notices)),
        Lane("notify.receipts", handle, topics=tuple(receipts_topic(service) for service in _INTAKES)),
    ]


def _bound(hears: Hears, batch: Batch) -> Handler:
    async def handle(_: Work, deliveries: Sequence[Delivery]) -> None:
        await hears(batch, deliveries)

    return handle
