"""Hands deliveries over to channels: what is committed as pending and nothing else, the most urgent first."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Final
from uuid import UUID

from services.notify.channels.message import (
    Address,
    Channel,
    DeliveredToProvider,
    Failed,
    Message,
)
from services.notify.channels.message import Outcome as ChannelOutcome
from services.notify.channels.retry import Attempts, NextChannel, RetryAt, decide_retry
from services.notify.domain import events
from services.notify.domain.links import link_token
from services.notify.domain.roster import Way
from services.notify.domain.states import Alert
from services.notify.repository.deliveries import (
    Outcome,
    claim_deliveries,
    mark_handed_over,
    record_outcomes,
)
from services.notify.work import LEASE, Job
from shared.bus.work import Work
from shared.contracts.topics import ALERTS_EVENTS
from shared.db import is_passing
from shared.kernel.clock import Clock
from shared.observability import metrics

log = logging.getLogger(__name__)

_ROOM: Final = 2000
"""Deliveries that wait in this process; more stay in the database, where any copy finds them."""
_MARGIN: Final = timedelta(seconds=12)
"""A delivery whose lease has less left than asking and sending may take is left to whoever claims it next."""
_OUTCOMES_AT_A_TIME: Final = 500

Secrets = Callable[[str], str | None]
OpenWork = Callable[[], Work]


class Dispatcher:
    """Two sets of workers, one for life risk alone, so that it never waits behind a slow provider.

    An outcome is recorded after the hand-over. Whatever dies in between is taken up again by `sweep`, here or in
    another copy, once its lease has run out; a provider that can be asked is asked before anything is repeated.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        open_work: OpenWork,
        clock: Clock,
        key: bytes,
        owner: str,
        link_root: Callable[[], str],
        secrets: Secrets,
        workers: int = 16,
        wake_sweep: Callable[[], None] = lambda: None,
    ) -> None:
        self.ready = True
        self.channels = channels
        self._open = open_work
        self._clock = clock
        self._key = key
        self._owner = owner
        self._link_root = link_root
        self._secrets = secrets
        self._workers = workers
        self._wake_sweep = wake_sweep
        self._random = Random()
        self._order = count()
        self._life_risk: asyncio.PriorityQueue[tuple[int, int, Job]] = asyncio.PriorityQueue()
        self._rest: asyncio.PriorityQueue[tuple[int, int, Job]] = asyncio.PriorityQueue()
        self._in_hand: dict[UUID, Job] = {}
        self._outcomes: asyncio.Queue[tuple[Job, Outcome]] = asyncio.Queue()
        self._stopped = asyncio.Event()

    def offer(self, jobs: Sequence[Job]) -> None:
        """Take jobs whose rows are committed; those for which there is no room stay in the database."""
        for job in jobs:
            if job.delivery in self._in_hand or (job.rank > 0 and not self.room):
                continue
            self._in_hand[job.delivery] = job
            queue = self._life_risk if job.rank == 0 else self._rest
            queue.put_nowait((job.rank, next(self._order), job))

    @property
    def room(self) -> int:
        """How many more deliveries may wait here."""
        return max(0, _ROOM - len(self._in_hand))

    @property
    def idle(self) -> bool:
        """Nothing waits here, is under way, or is to be recorded."""
        return not self._in_hand

    def stop(self) -> None:
        self._stopped.set()

    async def run(self) -> None:
        """Work until stopped; what is being handed over then is finished and recorded."""
        workers = [
            asyncio.create_task(self._work(queue), name=f"dispatch-{number}")
            for queue in (self._life_risk, self._rest)
            for number in range(self._workers)
        ]
        recorder = asyncio.create_task(self._record_all(), name="dispatch-record")
        stopping = asyncio.create_task(self._stopped.wait(), name="dispatch-stop")
        await asyncio.wait([stopping, *workers, recorder], return_when=asyncio.FIRST_COMPLETED)
        await self._end(workers)
        recorder.cancel()
        with suppress(asyncio.CancelledError):
            await recorder
        await self._record_some(self._waiting_outcomes())
        for channel in self.channels.values():
            await channel.close()

    async def sweep(self, open_work: OpenWork) -> int:
        """Claim pending deliveries that nobody holds: repeats that are due, and what a stopped process left."""
        if not self.room:
            return 0
        async with open_work() as work:
            until = work.now + LEASE
            limit = min(self.room, 500)
            rows = await claim_deliveries(work, self._owner, list(self._in_hand), limit, until)
            await work.commit()
        self.offer([_claimed(row, until) for row in rows if row.wanted])
        return len(rows)

    async def _end(self, workers: Sequence[asyncio.Task[None]]) -> None:
        self._stopped.set()
        for queue in (self._life_risk, self._rest):
            while not queue.empty():
                queue.get_nowait()
        for _ in workers:
            self._life_risk.put_nowait((9, next(self._order), _END))
            self._rest.put_nowait((9, next(self._order), _END))
        done, late = await asyncio.wait(workers, timeout=8.0)
        for task in late:
            task.cancel()
        for task in done:
            task.result()

    async def _work(self, queue: asyncio.PriorityQueue[tuple[int, int, Job]]) -> None:
        while True:
            _, _, job = await queue.get()
            if job is _END:
                return
            if self._clock.now() + _MARGIN > job.lease_until:
                self._in_hand.pop(job.delivery, None)
                continue
            outcome = await self._attempt(job)
            self._outcomes.put_nowait((job, outcome))

    async def _attempt(self, job: Job) -> Outcome:
        """One attempt on the delivery's present channel, and what follows from it."""
        first_at = job.first_at or self._clock.now()
        if job.channel >= len(job.ways):
            return _outcome(job, "failed", job.channel, job.attempts, first_at, self._clock.now(), "no_channel")
        way = job.ways[job.channel]
        outcome = await self._hand_over(job, way)
        now = self._clock.now()
        code = "sent" if isinstance(outcome, DeliveredToProvider) else outcome.reason
        metrics.HANDED_OVER.labels(way.channel, "sent" if code == "sent" else "failed").inc()
        if isinstance(outcome, DeliveredToProvider):
            return _outcome(job, "sent", job.channel, job.attempts + 1, first_at, now, code, outcome.provider_id[:200])
        return self._after_failure(job, outcome, first_at, now)

    def _after_failure(self, job: Job, failed: Failed, first_at: datetime, now: datetime) -> Outcome:
        attempts = job.attempts + 1
        following = decide_retry(Attempts(attempts, first_at), failed, now, self._random)
        if failed.reason.startswith("provider_"):
            following = NextChannel(failed.reason)  # the provider's own last word on what it had
        if isinstance(following, RetryAt):
            return replace(
                _outcome(job, "pending", job.channel, attempts, first_at, now, failed.reason),
                lease_until=following.at,
            )
        if job.channel + 1 < len(job.ways):
            # the next channel's row is committed first, and the sweep takes it from there
            return _outcome(job, "pending", job.channel + 1, 0, now, now, failed.reason)
        return _outcome(job, "failed", job.channel, attempts, first_at, now, failed.reason)

    async def _hand_over(self, job: Job, way: Way) -> ChannelOutcome:
        channel = self.channels.get(way.channel)
        if channel is None:
            return Failed(retryable=False, reason="channel_not_configured")
        # the same for every try on this channel, so that providers and receivers can drop what is doubled
        attempt = f"{job.delivery.hex}-{job.channel}"
        if (job.ask_first or job.attempts) and (known := await _ask(channel, attempt)) is not None:
            return known
        secret = self._secrets(way.secret_name) if way.secret_name else None
        try:
            message = self._message(job, attempt)
        except ValueError:
            return Failed(retryable=False, reason="message_refused")
        return await channel.hand_over(message, Address(way.channel, way.address, secret))

    def _message(self, job: Job, attempt: str) -> Message:
        token = link_token(self._key, job.alert, job.contact)
        return Message(
            reference=job.reference,
            urgency=job.urgency,
            link=f"{self._link_root().rstrip('/')}/a/{token}",
            phone_control_room=job.urgency == "life_risk",
            attempt_reference=attempt,
        )

    async def _record_all(self) -> None:
        while True:
            first = await self._outcomes.get()
            batch = [first, *self._waiting_outcomes()]
            await self._record_some(batch)

    def _waiting_outcomes(self) -> list[tuple[Job, Outcome]]:
        batch: list[tuple[Job, Outcome]] = []
        while not self._outcomes.empty() and len(batch) < _OUTCOMES_AT_A_TIME:
            batch.append(self._outcomes.get_nowait())
        return batch

    async def _record_some(self, batch: Sequence[tuple[Job, Outcome]]) -> None:
        """Write outcomes; waits out a database that is away, for what was sent must not be sent again."""
        if not batch:
            return
        while True:
            try:
                await self._write([outcome for _, outcome in batch])
                self.ready = True
                break
            except Exception as error:
                if not is_passing(error):
                    raise
                self.ready = False
                log.warning("outcomes waiting", extra={"error": type(error).__name__})
                if self._stopped.is_set():
                    return  # the leases run out, and the next process asks or repeats
                await asyncio.sleep(0.2)
        for job, _ in batch:
            self._in_hand.pop(job.delivery, None)
        if any(outcome.status == "pending" and outcome.lease_until <= outcome.at for _, outcome in batch):
            self._wake_sweep()

    async def _write(self, outcomes: Sequence[Outcome]) -> None:
        first: dict[UUID, datetime] = {}
        for one in outcomes:
            if one.status == "sent":
                first[one.alert] = min(one.at, first.get(one.alert, one.at))
        async with self._open() as work:
            await record_outcomes(work, self._owner, outcomes)
            handed = await mark_handed_over(work, first) if first else []
            for alert in handed:
                if not alert.sealed:
                    event = events.alert_changed(self._key, alert, work.now)
                    work.publish(ALERTS_EVENTS, event, str(alert.alert))
            await work.commit()
        for alert in handed:
            if not alert.sealed:
                metrics.HAND_OVER_SECONDS.labels(alert.urgency).observe(_seconds(alert))


def _seconds(alert: Alert) -> float:
    assert alert.handed_over_at is not None
    return max(0.0, (alert.handed_over_at - alert.began_at).total_seconds())


async def _ask(channel: Channel, attempt: str) -> ChannelOutcome | None:
    ask = getattr(channel, "already_sent", None)
    if ask is None:
        return None
    known: ChannelOutcome | None = await ask(attempt)
    return known


def _claimed(row: object, until: datetime) -> Job:
    ways = row.channels or []  # type: ignore[attr-defined]
    return Job(
        delivery=row.delivery,  # type: ignore[attr-defined]
        alert=row.alert,  # type: ignore[attr-defined]
        reference=row.reference,  # type: ignore[attr-defined]
        urgency=row.urgency,  # type: ignore[attr-defined]
        contact=row.contact,  # type: ignore[attr-defined]
        ways=tuple(Way(one["channel"], one["address"], one.get("secret_name")) for one in ways),
        rank=row.rank,  # type: ignore[attr-defined]
        lease_until=until,
        channel=row.channel,  # type: ignore[attr-defined]
        attempts=row.attempts,  # type: ignore[attr-defined]
        first_at=row.first_at,  # type: ignore[attr-defined]
        ask_first=True,
    )


def _outcome(
    job: Job,
    status: str,
    channel: int,
    attempts: int,
    first_at: datetime,
    at: datetime,
    code: str,
    provider_id: str | None = None,
) -> Outcome:
    return Outcome(job.delivery, job.alert, status, channel, attempts, first_at, at, code, provider_id, at)


_END: Final = Job(UUID(int=0), UUID(int=0), "", "routine", "", (), 9, datetime.min.replace(tzinfo=UTC))
