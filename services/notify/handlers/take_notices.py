"""Takes what a service wants the centre's desk to see, and alerts the desk."""

from collections.abc import Sequence

from services.notify.channels.message import alert_reference
from services.notify.domain.states import Alert, Kind
from services.notify.handlers.raise_alerts import climb, keep
from services.notify.repository.alerts import list_existing
from services.notify.repository.roster import read_roster
from services.notify.work import CENTRE, Batch
from shared.bus.record import Delivery
from shared.contracts.receipts import NoticeKind
from shared.disclosure.audience import SEALED_DESK
from shared.kernel.ids import derive


async def take_notices(batch: Batch, deliveries: Sequence[Delivery]) -> None:
    """One alert for each notice, to the duty desk or the sealed desk; one that stands already is not raised again."""
    wanted = [_alert(batch, delivery) for delivery in deliveries]
    await batch.work.lock([f"notice/{alert.alert}" for alert in wanted])
    known = await list_existing(batch.work, [alert.alert for alert in wanted])
    new = [alert for alert in {one.alert: one for one in wanted}.values() if alert.alert not in known]
    roster = await read_roster(batch.work, [CENTRE])
    for alert in new:
        late = batch.now - alert.began_at > batch.desk.late_after
        climb(batch, alert, roster, subject_over=late)
    keep(batch, new, frozenset(alert.alert for alert in new))


def _alert(batch: Batch, delivery: Delivery) -> Alert:
    notice = delivery.event.data
    sealed = notice["kind"] == NoticeKind.WAITING_SEALED
    id = derive(batch.desk.key, "alert", "notice", notice["notice"])
    return Alert(
        alert=id,
        reference=alert_reference(id),
        kind=Kind.NOTICE,
        organisation=CENTRE,
        desk=SEALED_DESK if sealed else "duty",
        sealed=sealed,
        urgency="urgent",
        began_at=delivery.event.time,
        raised_at=batch.now,
        about=notice["kind"],
    )
