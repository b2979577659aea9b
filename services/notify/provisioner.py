"""Gives enrolled organisations their topics and the rights to them, and keeps them there."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from services.notify.handlers.enrol import open_inbox_topic
from services.notify.repository import registry
from services.notify.work import Batch, Desk
from shared.bus.admin import AdminFailed, KafkaAdmin
from shared.bus.work import Work
from shared.contracts.topics import topics_of
from shared.db import is_passing
from shared.kernel.clock import monotonic

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 2.0
_ANEW_SECONDS: Final = 300.0


class Provisioner:
    """Makes what is missing, again and again; a broker that is away is tried later. Every copy may do it.

    Always ready: an organisation that waits for its topics keeps nobody else waiting.
    """

    def __init__(self, admin: KafkaAdmin, open_work: Callable[[], Work], desk: Desk) -> None:
        self.ready = True
        self._admin = admin
        self._open = open_work
        self._desk = desk
        self._wake = asyncio.Event()
        self._stopped = False
        self._all_at = float("-inf")

    def wake(self) -> None:
        """Somebody was enrolled."""
        self._wake.set()

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()

    async def run(self) -> None:
        """Provision until stopped."""
        while not self._stopped:
            self._wake.clear()
            try:
                await self.provision()
            except Exception as error:
                if not (isinstance(error, AdminFailed) or is_passing(error)):
                    raise
                log.warning("provisioning waits", extra={"error": type(error).__name__})
            try:
                await asyncio.wait_for(self._wake.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue

    async def provision(self) -> int:
        """Make what is missing for organisations that wait, and now and then for all; returns for how many."""
        anew = monotonic() - self._all_at > _ANEW_SECONDS
        async with self._open() as work:
            waiting = await registry.list_unprovisioned(work)
            everyone = await registry.list_kafka(work) if anew else []
        for code in dict.fromkeys((*waiting, *everyone)):
            await self._admin.ensure_topics(topics_of(code))
            await self._admin.ensure_organisation_acls(code)
        for code in waiting:
            async with self._open() as work:
                batch = Batch(work, self._desk)
                await open_inbox_topic(batch, code)
                await batch.finish()
                await work.commit()
        if anew:
            self._all_at = monotonic()
        return len(waiting)
