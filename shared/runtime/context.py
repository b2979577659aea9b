"""What a service is given (context) and what it is made of (parts)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.consumer import Lane
from shared.bus.relay import LANES, Relay
from shared.bus.work import Work
from shared.db import connect, is_passing
from shared.kernel.clock import Clock
from shared.runtime.settings import Settings

log = logging.getLogger(__name__)

OpenWork = Callable[[], Work]
Tick = Callable[[OpenWork], Awaitable[int]]
"""One round of a timer: how many things it did."""


class Background(Protocol):
    """Something that runs beside the lanes until it is stopped."""

    ready: bool

    async def run(self) -> None: ...

    def stop(self) -> None: ...


class Context:
    """The shared parts of one process: settings, clock, database, and the relays that its commits wake."""

    def __init__(self, name: str, settings: Settings, clock: Clock) -> None:
        self.name = name
        self.settings = settings
        self.clock = clock
        self.id_key = settings.key()
        url = settings.database_url.get_secret_value()
        self.engine: AsyncEngine = connect(url, pool_size=settings.database_pool, name=name)
        self.relay_engine: AsyncEngine = connect(url, pool_size=5, durable=False, name=f"{name}-relay")
        owner = f"{name}-{settings.copy_name}"
        self.relays = {lane: Relay(self.relay_engine, settings.kafka(), clock, lane, owner) for lane in LANES}
        self._timers: dict[str, Timer] = {}

    def open_work(self) -> Work:
        """A new unit of work; use it as an async context manager and commit it."""
        return Work(self.engine, self.clock, self)

    def holds(self, lane: str, shards: set[int]) -> bool:
        return self.relays[lane].holds(shards)

    def wake(self, lane: str) -> None:
        self.relays[lane].wake()

    def watch(self, timer: "Timer") -> None:
        """Let `wake_timer` find this timer."""
        self._timers[timer.name] = timer

    def wake_timer(self, name: str) -> None:
        """Let a timer look now instead of at its next round."""
        if name in self._timers:
            self._timers[name].wake()

    async def close(self) -> None:
        await self.engine.dispose()
        await self.relay_engine.dispose()


@dataclass(slots=True)
class Timer:
    """Calls `tick` again and again: at once while it finds something, else after `every` seconds or when woken."""

    name: str
    every: float
    tick: Tick
    ready: bool = True
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _stopped: bool = False

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()

    async def run(self, open_work: OpenWork) -> None:
        """Tick until stopped; waits out a database that is away."""
        while not self._stopped:
            self._wake.clear()
            try:
                done = await self.tick(open_work)
                self.ready = True
            except Exception as error:
                if not is_passing(error):
                    log.exception("timer failed", extra={"timer": self.name, "error": type(error).__name__})
                self.ready = False
                done = 0
            if not done:
                try:
                    await asyncio.wait_for(self._wake.wait(), self.every)
                except TimeoutError:
                    continue


@dataclass(slots=True)
class Parts:
    """What one service adds to the runtime."""

    routers: Sequence[APIRouter] = ()
    lanes: Sequence[Lane] = ()
    timers: Sequence[Timer] = ()
    background: Sequence[Background] = ()
    ready: Callable[[], Awaitable[str | None]] | None = None
    """Says why the service must not be called ready, or None."""
