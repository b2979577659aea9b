"""What time does to submissions that wait: the centre is told of urgent ones, and none waits for ever."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from services.tasking import repository
from services.tasking.domain import Waiting, decide_expiry
from services.tasking.handlers.hearing import until_of, waited
from shared.bus.submissions import Intake
from shared.bus.work import Work
from shared.contracts.receipts import NoticeKind

OpenWork = Callable[[], Work]
NOTICE_AFTER: Final = timedelta(seconds=30)
"""Long enough for what was only overtaken to arrive; the centre hears within 60 s all the same."""
_LIMIT: Final = 200


async def reject_orphans(open_work: OpenWork, intake: Intake, key: bytes) -> int:
    """Give the final receipt to what waited in vain; returns how many."""
    async with open_work() as work:
        actions = await repository.list_expired(work, _LIMIT)
        if not actions:
            return 0
        await repository.lock(work, actions, ())
        # Read again under the lock: its turn may have come in the meantime.
        due = []
        for row in await repository.list_waiting(work, actions):
            origin = waited(key, row)
            if verdict := decide_expiry(Waiting(origin.heard, until_of(row)), work.now):
                intake.receipt(work, origin.submitted, verdict.verdict, errors=verdict.errors)
                due.append((origin.heard.id, origin.heard.revision))
        repository.record_waiting(work, [], due)
        await work.commit()
    return len(due)


async def report_waiting_urgent(open_work: OpenWork, intake: Intake) -> int:
    """Tell the centre once of each urgent submission that waits; returns how many.

    Of what is sealed its sealed desk is told, by an id and without whose it is: the duty desk is not named for it.
    """
    async with open_work() as work:
        found = await repository.mark_noticed(work, work.now - NOTICE_AFTER, _LIMIT)
        for action, organisation, revision, sealed in found:
            kind = NoticeKind.WAITING_SEALED if sealed else NoticeKind.WAITING_URGENT
            intake.notice(work, kind, None if sealed else organisation, f"{action}/{revision}")
        if found:
            await work.commit()
    return len(found)
