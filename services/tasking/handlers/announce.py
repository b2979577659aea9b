"""A change of an action as its event on the wire: the one place where the topic is chosen."""

from typing import Any

from services.tasking.domain import Action
from shared.bus.work import Work
from shared.contracts.envelope import Envelope, service_source
from shared.contracts.model import Urgency
from shared.contracts.pursue import CHANGED, Status
from shared.contracts.topics import PURSUE_EVENTS, PURSUE_SEALED, PURSUE_URGENT
from shared.kernel.ids import derive

SOURCE = service_source("tasking")


def topic_of(action: Action) -> str:
    """Where a change goes. The seal comes before the urgency: both topics travel in the same lane."""
    if action.sealed:
        return PURSUE_SEALED
    if action.urgency is Urgency.LIFE_RISK or action.status is Status.RETRACTED:
        return PURSUE_URGENT
    return PURSUE_EVENTS


def announce(work: Work, key: bytes, action: Action, traceparent: str | None = None) -> None:
    """Tell the other services of an action's change, with its whole state.

    What was only ever heard to be retracted is told to nobody: nobody had it.
    """
    if action.details is None:
        return
    id = str(action.id)
    event = Envelope(
        id=str(derive(key, "pursue-action-changed", id, str(action.version))),
        source=SOURCE,
        type=CHANGED,
        time=work.now,
        data=as_data(action),
        subject=id,
        partitionkey=id,
        correlationid=id,
        causationid=action.submission_id,
        traceparent=traceparent,
        aggregateversion=action.version,
    )
    work.publish(topic_of(action), event, id)


def as_data(action: Action) -> dict[str, Any]:
    """A `PursueActionChanged` in its JSON form."""
    return {
        "pursue_action": str(action.id),
        "acting": action.acting,
        "action_id": str(action.action_id),
        "version": action.version,
        "change": action.change.value,
        "changed": list(action.changed),
        "status": action.status.value,
        "sealed": action.sealed,
        "released": not action.sealed,
        "backfill": action.backfill,
        "details": action.details,
        "reason": action.reason,
        "occurred_at": action.occurred_at.isoformat(),
        "submission_id": action.submission_id,
        "parts": list(action.parts),
        "lead": str(action.lead) if action.lead else None,
    }
