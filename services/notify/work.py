"""One unit of notify's work: the transaction, what it puts into inboxes, and what it hands to the dispatcher."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from services.notify.channels.message import Urgency
from services.notify.domain.entries import Entry
from services.notify.domain.events import inbox_event
from services.notify.domain.roster import Way
from services.notify.models import DELIVERIES
from services.notify.repository import inboxes
from shared.audit import Action, record
from shared.audit import Entry as AuditEntry
from shared.audit import Way as AuditWay
from shared.bus.work import Work
from shared.contracts.envelope import as_document, encode
from shared.contracts.topics import INBOX
from shared.kernel.ids import derive

SUBJECT: Final = "svc-notify"
CENTRE: Final = "nclcc"
LEASE: Final = timedelta(seconds=30)
"""How long a pending delivery is this process's own; far longer than a hand-over may take."""


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery to be handed over: what stands in its committed row, and what sending it takes."""

    delivery: UUID
    alert: UUID
    reference: str
    urgency: Urgency
    contact: str
    ways: tuple[Way, ...]
    rank: int
    lease_until: datetime
    channel: int = 0
    attempts: int = 0
    first_at: datetime | None = None
    ask_first: bool = False


class Outbound(Protocol):
    """The dispatcher, as a transaction sees it."""

    def offer(self, jobs: Sequence[Job]) -> None:
        """Hand these over, as soon as there is room."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What every use case needs to hand: the id key, this copy's name, delays, channels, the dispatcher."""

    key: bytes = field(repr=False)
    owner: str
    outbound: Outbound
    channels: frozenset[str]
    late_after: timedelta = timedelta(hours=24)
    fallback_every: timedelta = timedelta(minutes=15)
    wake_provisioner: Callable[[], None] = lambda: None


class Batch:
    """The work of one batch. Whoever opens it calls `finish` after the last handler and before the commit."""

    def __init__(self, work: Work, desk: Desk) -> None:
        self.work = work
        self.desk = desk
        self._entries: list[Entry] = []
        self._jobs: list[Job] = []

    @property
    def now(self) -> datetime:
        return self.work.now

    def tell(self, entries: Sequence[Entry]) -> None:
        """Put these into inboxes, in this order; those of organisations that are not enrolled fall away."""
        self._entries.extend(entries)

    def stream(self, topic: str, id: UUID, type: str, data: Mapping[str, Any], key: str) -> None:
        """Put an event on a national stream; like an inbox it carries no trace of what went on before it."""
        self.work.send(topic, key, encode(inbox_event(id, type, self.now, data, None)), type, id)
        record(self.work, _disclosed(type, key, topic, data["version"]))

    def hand_over(self, job: Job) -> None:
        """Write a delivery as pending; the dispatcher has it after the commit, and not before."""
        self.work.insert(DELIVERIES, [_pending(job, self.desk.owner, self.now)])
        self._jobs.append(job)

    async def finish(self) -> None:
        """Draw the sequences for all inboxes of the batch in one statement, and buffer what follows from them."""
        if self._entries:
            wanted = Counter(entry.organisation for entry in self._entries)
            await self._record(await inboxes.draw_sequences(self.work, wanted), wanted)
            self._entries = []
        if self._jobs:
            jobs, self._jobs = self._jobs, []
            self.work.after_commit(lambda: self.desk.outbound.offer(jobs))

    async def _record(self, drawn: dict[str, tuple[int, bool]], wanted: Counter[str]) -> None:
        following = {code: last - wanted[code] for code, (last, _) in drawn.items()}
        rows, ledger, audit = [], [], []
        for entry in self._entries:
            code = entry.organisation
            if code not in drawn:
                continue
            following[code] += 1
            rows.append(self._row(entry, following[code], drawn[code][1]))
            ledger.append(_disclosure(entry, self.now))
            audit.append(_disclosed(entry.type, entry.record, entry.organisation, entry.version))
        inboxes.record_entries(self.work, rows)
        inboxes.record_disclosures(self.work, ledger)
        record(self.work, *audit)

    def _row(self, entry: Entry, sequence: int, on_topic: bool) -> dict[str, Any]:
        id = derive(self.desk.key, "inbox", entry.organisation, entry.type, entry.record, str(entry.version))
        event = inbox_event(id, entry.type, self.now, entry.data, sequence)
        if on_topic:
            topic = INBOX.of(entry.organisation).name
            # not `publish`: an inbox carries no trace of what went on before it
            self.work.send(topic, entry.organisation, encode(event), entry.type, id)
        document = orjson.loads(orjson.dumps(as_document(event)))
        return {
            "organisation": entry.organisation,
            "sequence": sequence,
            "id": id,
            "event": document,
            "at": self.now,
        }


def _pending(job: Job, owner: str, now: datetime) -> dict[str, Any]:
    return {
        "delivery": job.delivery,
        "alert": job.alert,
        "contact": job.contact,
        "rank": job.rank,
        "status": "pending",
        "channel": 0,
        "attempts": 0,
        "lease_owner": owner,
        "lease_until": job.lease_until,
        "created_at": now,
    }


def _disclosure(entry: Entry, now: datetime) -> dict[str, Any]:
    return {
        "record": UUID(entry.record),
        "organisation": entry.organisation,
        "version": entry.version,
        "way": "inbox",
        "fields": sorted(entry.data),
        "at": now,
    }


def _disclosed(type: str, id: str, recipient: str, version: int) -> AuditEntry:
    """The audit entry of what an inbox or a stream was told; a stream is named by its topic."""
    return AuditEntry(
        action=Action.DISCLOSURE,
        record_kind=type,
        record_id=id,
        actor=SUBJECT,
        organisation=CENTRE,
        way=AuditWay.KAFKA,
        recipients=(recipient,),
        detail={"version": version},
    )
