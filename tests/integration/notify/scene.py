"""What the tests of notify start from: people on call, tasks as safeguarding tells of them, channels that keep."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from services.notify.channels.message import Address, DeliveredToProvider, Message, Outcome
from services.notify.consumer import handler
from services.notify.dispatcher import Dispatcher
from services.notify.domain.links import link_token
from services.notify.handlers.enrol import enrol, take_roster
from services.notify.handlers.escalate import Escalation
from services.notify.roster_file import load_roster
from services.notify.work import Batch, Desk
from shared.bus.record import Record
from shared.bus.work import Work
from shared.contracts.envelope import Envelope, encode, service_source
from shared.contracts.protect import TaskChange
from shared.contracts.topics import PROTECT_EVENTS
from shared.db import connect
from shared.kernel.clock import ManualClock
from shared.kernel.ids import derive
from tests.conftest import until

KEY = b"a key for tests, of 32 characters"
ROSTER = """
version: 1
organisations:
  - code: nclcc
    contacts:
      - {id: duty, name: R. Ellery, role: Duty, desk: duty, channels: [{channel: log, address: duty}]}
      - {id: lead, name: C. Brade, role: Sealed, desk: sealed, named: true, channels: [{channel: log, address: sealed}]}
  - code: kent
    contacts:
      - {id: first, name: A. One, role: Lead, desk: safeguarding, named: true, channels: [{channel: log, address: a}]}
      - {id: second, name: B. Two, role: Night, desk: safeguarding, named: true,
         channels: [{channel: smtp, address: b@kent.example}, {channel: log, address: b}]}
    rotas:
      - desk: safeguarding
        shifts:
          - {days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday], start: "00:00", end: "00:00",
             contact: first}
  - code: metropolitan
    contacts:
      - {id: officer, name: M. Three, role: Officer, desk: safeguarding, named: true,
         channels: [{channel: log, address: officer}]}
"""


class KeepingChannel:
    """Keeps what it was handed; fails first with what it is given."""

    def __init__(self, name: str = "log") -> None:
        self.name = name
        self.sent: list[tuple[Message, Address]] = []
        self.outcomes: list[Outcome] = []

    async def hand_over(self, message: Message, to: Address) -> Outcome:
        self.sent.append((message, to))
        return self.outcomes.pop(0) if self.outcomes else DeliveredToProvider(message.attempt_reference)

    async def close(self) -> None:
        return None

    @property
    def to(self) -> list[str]:
        return [address.value for _, address in self.sent]


@dataclass
class Scene:
    """A migrated database of notify's own, a clock, and the handlers on top of both."""

    url: str
    clock: ManualClock
    channels: dict[str, KeepingChannel] = field(default_factory=dict)
    offset: int = 0
    statements: int = 0

    def __post_init__(self) -> None:
        self.engine = connect(self.url, pool_size=5)
        self.channels = self.channels or {"log": KeepingChannel(), "smtp": KeepingChannel("smtp")}
        self.dispatcher = self.new_dispatcher("one")
        self.desk = Desk(KEY, "one", self.dispatcher, frozenset(self.channels))
        self.escalation = Escalation(self.desk)
        self._running: asyncio.Task[None] | None = None

    def new_dispatcher(self, owner: str) -> Dispatcher:
        return Dispatcher(
            self.channels, self.open, self.clock, KEY, owner, lambda: "http://127.0.0.1:8000", lambda _: None, workers=2
        )

    def open(self) -> Work:
        return Work(self.engine, self.clock)

    async def start(self) -> None:
        self._running = asyncio.create_task(self.dispatcher.run())

    async def close(self) -> None:
        if self._running is not None:
            self.dispatcher.stop()
            await self._running
        await self.engine.dispose()

    async def roster(self, text: str = ROSTER) -> None:
        async with self.open() as work:
            batch = Batch(work, self.desk)
            await take_roster(batch, load_roster(text))
            await work.commit()

    async def enrol(self, *codes: str, kafka: bool = False) -> None:
        for code in codes:
            async with self.open() as work:
                await enrol(Batch(work, self.desk), code, kafka)
                await work.commit()

    async def hear(self, *events: Envelope, topic: str = PROTECT_EVENTS) -> None:
        """Give these to the lane as one batch."""
        async with self.open() as work:
            await handler(self.desk)(work, [self._record(event, topic) for event in events])
            await work.commit()
            self.statements = work.statements

    async def settled(self) -> None:
        """Until every delivery that was offered is handed over and recorded."""
        await until(lambda: self.dispatcher.idle, "every delivery is handed over")

    async def escalate(self, by: timedelta = timedelta()) -> int:
        self.clock.advance(by)
        done = 0
        while found := await self.escalation.tick(self.open):
            done += found
        await self.settled()
        return done

    async def rows(self, sql: str, *parameters: Any) -> Sequence[Any]:
        async with self.open() as work:
            return await work.fetch(sql, *parameters)

    async def inbox(self, code: str) -> list[dict[str, Any]]:
        found = await self.rows("SELECT event FROM inbox_entries WHERE organisation = $1 ORDER BY sequence", code)
        return [row.event for row in found]

    async def told(self, topic: str) -> list[dict[str, Any]]:
        found = await self.rows("SELECT payload FROM outbox WHERE aggregatetype = $1 ORDER BY seq", topic)
        return [orjson.loads(row.payload) for row in found]

    async def alert(self) -> Any:
        (row,) = await self.rows("SELECT * FROM alerts")
        return row

    def _record(self, event: Envelope, topic: str) -> Record:
        self.offset += 1
        return Record(topic, 0, self.offset, b"key", encode(event), (), self.clock.now())


def task(now: datetime, change: TaskChange = TaskChange.RAISED, **changes: Any) -> dict[str, Any]:
    """A task event's data, for Kent's safeguarding desk unless said otherwise."""
    status = {"accepted": "accepted", "done": "done", "withdrawn": "withdrawn", "retracted": "withdrawn"}
    data: dict[str, Any] = {
        "task": str(uuid4()),
        "pursue_action": str(UUID(int=7)),
        "acting": "metropolitan",
        "version": 1,
        "change": change.value,
        "status": status.get(change.value, "raised"),
        "rule": "receiving-force",
        "title": "Safeguard the people at risk",
        "playbook": "2026-11",
        "recipient": {"organisation": "kent", "desk": "safeguarding"},
        "urgency": "urgent",
        "raised_at": now.isoformat(),
        "due_at": (now + timedelta(hours=1)).isoformat(),
        "legal_basis": ["Children Act 2004, section 11"],
        "minimum": {"people": [{"ref": "p1", "name": "Invented Child"}]},
        "missing": [],
        "together": str(UUID(int=9)),
        "sealed": False,
        "named": [],
    }
    return data | changes


def event(data: dict[str, Any], now: datetime, version: int | None = None) -> Envelope:
    """The event of a task in this state."""
    data = data if version is None else {**data, "version": version}
    return Envelope(
        id=str(uuid4()),
        source=service_source("safeguarding"),
        type=f"uk.nclcc.protect-task.{data['change']}.v1",
        time=now,
        data=data,
        aggregateversion=data["version"],
    )


def after(data: dict[str, Any], change: TaskChange, **changes: Any) -> dict[str, Any]:
    """The same task after another change."""
    status = {"accepted": "accepted", "done": "done", "withdrawn": "withdrawn", "retracted": "withdrawn"}
    state = {"version": data["version"] + 1, "change": change.value, "status": status.get(change.value, "raised")}
    return {**data, **state, **changes}


def token_of(alert: UUID, contact: str) -> str:
    return link_token(KEY, alert, contact)


def alert_id(*parts: str) -> UUID:
    return derive(KEY, *parts)
