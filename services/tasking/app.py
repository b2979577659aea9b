"""Tasking, put together: what it serves, hears, and does as time passes."""

from services.tasking import api, consumer
from services.tasking.handlers.waiting import reject_orphans, report_waiting_urgent
from services.tasking.settings import TaskingSettings
from shared.bus.submissions import Intake
from shared.contracts.pursue import SUBMISSIONS
from shared.reference import reference
from shared.runtime import Context, Parts, Timer, run_service
from shared.runtime.context import OpenWork


def build(context: Context) -> Parts:
    """Tasking's parts in one process."""
    intake, key = Intake("tasking", SUBMISSIONS), context.id_key
    reference()  # read the tables now: the first action must not wait for it

    async def orphans(open_work: OpenWork) -> int:
        return await reject_orphans(open_work, intake, key)

    async def waiting_urgent(open_work: OpenWork) -> int:
        return await report_waiting_urgent(open_work, intake)

    return Parts(
        routers=[api.router(context, intake)],
        lanes=consumer.lanes(intake, key),
        timers=[Timer("orphans", 1.0, orphans), Timer("waiting-urgent", 1.0, waiting_urgent)],
    )


def main() -> None:
    run_service("tasking", TaskingSettings, build)
