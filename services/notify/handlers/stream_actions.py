"""Puts Pursue actions on the national stream, as those cleared for it may see them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.notify.domain.entries import decide_national_action
from services.notify.repository import inboxes
from services.notify.work import Batch
from shared.bus.record import Delivery
from shared.contracts.topics import NATIONAL_PURSUE
from shared.kernel.ids import derive


async def stream_actions(batch: Batch, deliveries: Sequence[Delivery]) -> None:
    """One event of the stream for each change; nothing for what is sealed, whichever topic it came by.

    A version that a later one has overtaken, in the other lane, is dropped.
    """
    shown = [data for delivery in deliveries if (data := decide_national_action(delivery.event.data)) is not None]
    actions = {UUID(data["pursue_action"]) for data in shown}
    await batch.work.lock([f"national/{action}" for action in actions])
    told = await inboxes.list_streamed(batch.work, NATIONAL_PURSUE, actions)
    for data in shown:
        action = UUID(data["pursue_action"])
        if data["version"] <= told.get(action, 0):
            continue
        told[action] = data["version"]
        id = derive(batch.desk.key, "national", data["pursue_action"], str(data["version"]))
        batch.stream(NATIONAL_PURSUE, id, f"uk.nclcc.pursue-action.{data['change']}.v1", data, data["pursue_action"])
        inboxes.record_disclosures(batch.work, [_disclosure(batch, action, data)])


def _disclosure(batch: Batch, action: UUID, data: Mapping[str, Any]) -> dict[str, Any]:
    """The ledger's row, which is also how the next batch knows what went before; a stream is named by its topic."""
    return {
        "record": action,
        "organisation": NATIONAL_PURSUE,
        "version": data["version"],
        "way": "stream",
        "fields": sorted(data),
        "at": batch.now,
    }
