"""Records receipts, and puts each into its organisation's inbox."""

from collections.abc import Sequence

from services.notify.domain.entries import Entry
from services.notify.repository import inboxes
from services.notify.work import Batch
from shared.bus.record import Delivery
from shared.contracts.receipts import RECEIPT
from shared.disclosure import Guarded, Viewer, audience_of, project


async def record_receipts(batch: Batch, deliveries: Sequence[Delivery]) -> None:
    """A repeat is told again, so that a publisher that lost its receipt gets one for sending the same id again."""
    for delivery in deliveries:
        receipt = delivery.event.data
        organisation = receipt["organisation"]
        inboxes.record_receipt(batch.work, {**receipt, "repeat": False})
        audience = audience_of(Viewer.inbox(organisation), Guarded(acting=organisation))
        shown = project("receipt", audience, receipt)
        if shown is not None:
            # each telling has an event id of its own, and so has its entry
            batch.tell([Entry(organisation, RECEIPT, delivery.event.id, 1, shown)])
