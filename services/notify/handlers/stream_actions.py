"""Puts Pursue actions on the national stream, as those cleared for it may see them."""

from collections.abc import Sequence

from services.notify.domain.entries import decide_national_action
from services.notify.work import Batch
from shared.bus.record import Delivery
from shared.contracts.topics import NATIONAL_PURSUE
from shared.kernel.ids import derive


async def stream_actions(batch: Batch, deliveries: Sequence[Delivery]) -> None:
    """One event of the stream for each change; nothing for what is sealed, whichever topic it came by."""
    for delivery in deliveries:
        data = delivery.event.data
        shown = decide_national_action(data)
        if shown is not None:
            id = derive(batch.desk.key, "national", data["pursue_action"], str(data["version"]))
            type = f"uk.nclcc.pursue-action.{data['change']}.v1"
            batch.stream(NATIONAL_PURSUE, id, type, shown, data["pursue_action"])
