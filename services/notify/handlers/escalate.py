"""Lets alerts climb that nobody has answered by their deadline."""

from collections.abc import Callable
from typing import Final

from services.notify.domain.states import Alert
from services.notify.handlers.raise_alerts import climb, keep
from services.notify.repository.alerts import claim_due
from services.notify.repository.roster import read_roster
from services.notify.work import Batch, Desk
from shared.bus.work import Work

_AT_A_TIME: Final = 200


class Escalation:
    """The timer's tick; copies share the due alerts out by their rows' locks, and a restart forgets none."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def tick(self, open_work: Callable[[], Work]) -> int:
        """Take what is due now; returns how many."""
        async with open_work() as work:
            due = await claim_due(work, _AT_A_TIME)
            if not due:
                return 0
            batch = Batch(work, self._desk)
            roster = await read_roster(work, _organisations(due))
            for alert in due:
                climb(batch, alert, roster)
            keep(batch, due)
            await batch.finish()
            await work.commit()
        return len(due)


def _organisations(due: list[Alert]) -> set[str]:
    refs = {ref for alert in due for ref in (*alert.named, alert.officer or "")}
    return {alert.organisation for alert in due} | {ref.split("/")[0] for ref in refs if ref}
