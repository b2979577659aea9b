"""Takes in the roster of the settings when a deployment starts for the first time."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from services.notify.handlers.enrol import take_roster
from services.notify.repository.roster import unmanned_desks
from services.notify.roster_file import load_roster
from services.notify.work import Batch, Desk
from shared.bus.work import Work
from shared.db import is_passing

log = logging.getLogger(__name__)


class FirstRoster:
    """Reads the file if the centre's desks have nobody; what was changed by API since is never overwritten."""

    def __init__(self, path: Path, open_work: Callable[[], Work], desk: Desk) -> None:
        self.ready = False
        self._path = path
        self._open = open_work
        self._desk = desk
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        self._stopped.set()

    async def run(self) -> None:
        """Until it has been looked at once; waits out a database that is away. Raises FileProblems."""
        roster = load_roster(await asyncio.to_thread(self._path.read_text, "utf-8"))
        while not self._stopped.is_set():
            try:
                async with self._open() as work:
                    await work.lock(["first-roster"])
                    if await unmanned_desks(work):
                        batch = Batch(work, self._desk)
                        await take_roster(batch, roster)
                        await batch.finish()
                    await work.commit()
                self.ready = True
                return
            except Exception as error:
                if not is_passing(error):
                    raise
                log.warning("roster waits", extra={"error": type(error).__name__})
                await asyncio.sleep(0.5)
