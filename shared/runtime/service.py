"""One service as one process: builds its parts, runs them together, stops them in order."""

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from shared.audit.checkpoint import SealedCheckpoint
from shared.audit.keys import private_key_file
from shared.audit.sealer import Sealer
from shared.auth import JwksSource, TokenVerifier
from shared.bus.consumer import Consumer
from shared.bus.dead_letters import replay_failed, replay_one
from shared.bus.relay import LANES
from shared.bus.work import Work
from shared.contracts.envelope import Envelope, service_source
from shared.contracts.registry import AUDIT_CHECKPOINT
from shared.contracts.topics import AUDIT_CHECKPOINTS
from shared.db import is_passing
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.ids import public_id
from shared.observability import metrics
from shared.observability.logs import configure as configure_logs
from shared.observability.tracing import configure as configure_traces
from shared.runtime import operations, problems
from shared.runtime.context import Context, OpenWork, Parts, Timer
from shared.runtime.settings import Settings

log = logging.getLogger(__name__)

Build = Callable[[Context], Parts]


class Service:
    """A service's parts in one process. `run` returns after `stop`."""

    def __init__(self, name: str, settings: Settings, build: Build, clock: Clock | None = None) -> None:
        self.context = Context(name, settings, clock or SystemClock())
        self.parts = build(self.context)
        self.health = operations.Health()
        self.app = self._app()
        works = settings.parts in ("all", "worker")
        self.consumers = [
            Consumer(lane, settings.kafka(), settings.copy_name, self.context.open_work)
            for lane in (self.parts.lanes if works else ())
        ]
        groups = {consumer.lane.group: consumer for consumer in self.consumers}
        for consumer in self.consumers:
            consumer.ahead = groups.get(consumer.lane.gives_way_to or "")
        self.timers = [*self.parts.timers, *self._own_timers()] if works else []
        self.background = list(self.parts.background) if works else []
        for timer in self.timers:
            self.context.watch(timer)
        key = private_key_file(Path(settings.audit_key_file))
        self.sealer = Sealer(name, self.context.open_work, _publish_checkpoint, key, self.context.clock)
        self._tasks: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self._checks()

    async def run(self) -> None:
        """Run everything until `stop`; then HTTP first, lanes next, relays last."""
        try:
            await self.start()
            await self._stop.wait()
        finally:
            await self.shut_down()

    async def start(self) -> None:
        """Start every part; none of them waits for another."""
        for lane in LANES:
            self._spawn(self.context.relays[lane].run(), f"relay-{lane}")
            self._spawn(self.context.relays[lane].listen(), f"listen-{lane}")
        for part in self.background:
            self._spawn(part.run(), type(part).__name__)
        for timer in self.timers:
            self._spawn(timer.run(self.context.open_work), f"timer-{timer.name}")
        for consumer in self.consumers:
            self._spawn(consumer.run(), f"lane-{consumer.lane.group}")
        self._spawn(self.sealer.run(), "audit-sealer")

    def stop(self) -> None:
        self._stop.set()

    async def shut_down(self) -> None:
        """Stop taking in, finish what is in hand, send what is committed, close."""
        for consumer in self.consumers:
            consumer.stop()
        for timer in self.timers:
            timer.stop()
        for part in self.background:
            part.stop()
        self.sealer.stop()
        await self._finish(lambda name: not name.startswith(("relay", "listen")), 10.0)
        for lane in LANES:
            self.context.relays[lane].stop()
        await self._finish(lambda name: True, 5.0)
        await self.context.close()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A part that ends by an error we did not foresee ends the process: better restarted than half alive."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("part failed", extra={"part": task.get_name(), "error": type(error).__name__}, exc_info=error)
            self.failed = error
            self._stop.set()

    failed: BaseException | None = None

    async def _finish(self, which: Callable[[str], bool], seconds: float) -> None:
        tasks = [task for task in self._tasks if which(task.get_name()) and not task.done()]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            log.warning("part stopped late", extra={"part": task.get_name()})
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _app(self) -> FastAPI:
        settings = self.context.settings
        app = FastAPI(title=f"NCLCC {self.context.name}", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
        app.state.context = self.context
        app.state.verifier = TokenVerifier(JwksSource(settings.jwks_url), settings.issuer, settings.audience)
        problems.install(app)
        app.include_router(operations.router(self.context, self.health))
        if settings.parts in ("all", "api"):
            for router in self.parts.routers:
                app.include_router(router)
        return app

    def _own_timers(self) -> list[Timer]:
        return [
            Timer("dead-letters", 5.0, self._replay_dead_letters),
            Timer("lag", 10.0, self._report_lag),
        ]

    async def _replay_dead_letters(self, open_work: OpenWork) -> int:
        for consumer in self.consumers:
            group = consumer.lane.group
            try:
                async with open_work() as work:
                    if await replay_one(work, group, consumer.lane.handle):
                        await work.commit()
                        return 1
            except Exception as error:
                if is_passing(error):
                    raise
                async with open_work() as work:
                    await replay_failed(work, group)
                    await work.commit()
        return 0

    async def _report_lag(self, _: OpenWork) -> int:
        for consumer in self.consumers:
            await consumer.report_lag()
        return 0

    def _checks(self) -> None:
        async def database() -> str | None:
            try:
                async with self.context.open_work() as work:
                    await work.fetch("SELECT 1")
                return None
            except Exception as error:
                return type(error).__name__

        async def lanes() -> str | None:
            waiting = [f"{one.lane.group}: {one.why_not}" for one in self.consumers if not one.ready]
            return "; ".join(waiting) or None

        async def broker() -> str | None:
            for consumer in self.consumers:
                if consumer.ready:  # one asks for all; a lane that is not ready says why itself
                    return await consumer.find_broker()
            return None

        async def relays() -> str | None:
            waiting = [lane for lane, relay in self.context.relays.items() if not relay.ready]
            return ", ".join(waiting) or None

        async def parts() -> str | None:
            waiting = [type(part).__name__ for part in self.background if not part.ready]
            return ", ".join(waiting) or None

        common = (("database", database), ("broker", broker), ("lanes", lanes), ("relays", relays), ("parts", parts))
        self.health.checks += common
        if self.parts.ready is not None:
            self.health.checks.append((self.context.name, self.parts.ready))


def _publish_checkpoint(work: Work, sealed: SealedCheckpoint) -> None:
    """Out of the database's reach, in the transaction that sealed it."""
    checkpoint = sealed.checkpoint
    event = Envelope(
        id=str(public_id("audit-checkpoint", checkpoint.service, checkpoint.digest())),
        source=service_source(checkpoint.service),
        type=AUDIT_CHECKPOINT,
        time=checkpoint.at,
        data=sealed.as_dict(),
        subject=checkpoint.service,
        aggregateversion=checkpoint.number,
    )
    work.publish(AUDIT_CHECKPOINTS, event, checkpoint.service)


async def serve(service: Service) -> None:
    """Run a service with its HTTP server until SIGTERM or SIGINT, or until a part of it fails."""
    settings = service.context.settings
    config = uvicorn.Config(
        service.app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=5,
    )
    server = _Server(config)
    socket = config.bind_socket()
    if settings.port_file:
        path = Path(settings.port_file)
        path.with_suffix(".tmp").write_text(str(socket.getsockname()[1]))
        path.with_suffix(".tmp").replace(path)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, service.stop)
    http = asyncio.create_task(server.serve([socket]), name="http")
    await service.start()
    stopping = asyncio.create_task(service._stop.wait())
    await asyncio.wait([http, stopping], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await asyncio.gather(http, return_exceptions=True)
    await service.shut_down()
    stopping.cancel()
    metrics.READY.set(0)
    if service.failed is not None:
        raise SystemExit(1)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the service decides the order of stopping."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run_service(name: str, settings_type: type[Settings], build: Build) -> None:
    """The whole of a service's `main`."""
    settings = settings_type()
    configure_logs(name, settings.log_level)
    end_traces = configure_traces(name, settings.otlp_endpoint)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_main(name, settings, build))
    finally:
        end_traces()


async def _main(name: str, settings: Settings, build: Build) -> None:
    service = Service(name, settings, build)
    # what start-up made lives as long as the process: the collector need not walk it while an alert waits
    gc.collect()
    gc.freeze()
    await serve(service)
