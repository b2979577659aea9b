"""What people answered through notify, by link or page: it has checked who they are and for whom they answer."""

import logging
from collections.abc import Sequence
from uuid import UUID

from services.safeguarding.domain.answers import Answer, Refused
from services.safeguarding.domain.wanted import Knowledge
from services.safeguarding.handlers.settle_answers import Given, settle_answers
from services.safeguarding.work import Cause
from shared.audit import Way
from shared.bus.record import Delivery
from shared.bus.work import Work
from shared.contracts.protect import AnswerKind

log = logging.getLogger(__name__)


async def take_answers(known: Knowledge, work: Work, deliveries: Sequence[Delivery]) -> None:
    """An answer that comes too late changes nothing: the page shows whose stands."""
    settled = await settle_answers(known, work, [_given(delivery) for delivery in deliveries])
    for one, delivery in zip(settled, deliveries, strict=True):
        if isinstance(one.verdict, Refused):
            found = {"event": delivery.event.id, "rule": one.verdict.error.rule}
            log.info("an answer does not count", extra=found)


def _given(delivery: Delivery) -> Given:
    data = delivery.event.data
    answer = Answer(
        kind=AnswerKind(data["kind"]),
        organisation=data["organisation"],
        by=data["by"],
        reason=data.get("reason"),
        whose=data.get("whose"),
        trusted=True,
    )
    way = Way.LINK if data.get("way") == "link" else Way.API
    return Given(UUID(data["task"]), answer, Cause(delivery.event.id, data["organisation"], data["organisation"], way))
