"""Intake: every submission of an organisation, by Kafka or HTTP, is checked the same way and gets one receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import orjson
import rfc8785

from shared.bus.notices import publish_notice
from shared.bus.record import Record
from shared.bus.tables import SUBMISSIONS
from shared.bus.work import Work
from shared.contracts.envelope import (
    Envelope,
    check_size,
    claimed_id,
    decode,
    organisation_source,
    service_source,
)
from shared.contracts.model import Contract, Mode, parse
from shared.contracts.receipts import RECEIPT, FieldProblem, NoticeKind, Receipt, Verdict
from shared.contracts.topics import receipts_topic
from shared.db import Conflict
from shared.kernel.errors import FieldError, Rejected
from shared.kernel.ids import public_id

PREDECESSOR_WAIT: Final = timedelta(minutes=15)
"""How long an event waits for the one before it; its receipt says until when."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """One submission as it arrived. `event` and `data` are None where it was wrong; `errors` then say why."""

    organisation: str
    event_id: str
    body_hash: str
    at: datetime
    has_id: bool = True
    event: Envelope | None = None
    data: Contract | None = None
    errors: tuple[FieldError, ...] = ()
    impersonated: str | None = None
    record: Record | None = None
    repeats: int = 0
    """How often the same event stands again in the same batch: each is told the same verdict."""

    @property
    def type(self) -> str | None:
        return self.event.type if self.event else None


@dataclass(slots=True)
class Sorted:
    """A batch after the claim: what is new and well formed, and the receipts that already stand for the rest."""

    fresh: list[Submitted] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)


class Intake:
    """Takes submissions of the types in `registry` for one service, and writes their receipts."""

    def __init__(self, service: str, registry: Mapping[str, type[Contract]]) -> None:
        self.service = service
        self._registry = registry

    def read(self, record: Record) -> Submitted:
        """A Kafka message as a submission of the organisation that its topic names; never raises."""
        organisation = record.organisation
        if organisation is None:
            raise ValueError(f"{record.topic} is no organisation's topic")
        return self.read_bytes(organisation, record.value, record.at, record)

    def read_bytes(self, organisation: str, raw: bytes | None, at: datetime, record: Record | None = None) -> Submitted:
        """Raw bytes as a submission; whatever is wrong with them is in `errors`."""
        try:
            event = decode(raw)
        except Rejected as error:
            _, event_id = claimed_id(raw) if raw is not None and len(raw) < 2**20 else (None, None)
            return _unreadable(organisation, event_id, raw, at, record, error.errors)
        common: dict[str, Any] = {
            "organisation": organisation,
            "event_id": event.id,
            "body_hash": _hash(raw or b""),
            "at": at,
            "event": event,
            "record": record,
        }
        claimed = event.source.removeprefix("urn:nclcc:org:")
        if event.source != organisation_source(organisation):
            foreign = FieldError("source", "organisation", f"must be {organisation_source(organisation)} on this topic")
            return Submitted(**common, errors=(foreign,), impersonated=claimed[:80])
        try:
            check_size(raw or b"")
            return Submitted(**common, data=self._parse(event))
        except Rejected as error:
            return Submitted(**common, errors=error.errors)

    async def claim(self, work: Work, submitted: Sequence[Submitted]) -> Sorted:
        """Sort a batch into what is new, what is a repeat, and what conflicts with an earlier body of the same id.

        The same message read twice by us (by the lane that reads ahead) is dropped without a second receipt.
        """
        found = Sorted()
        first: dict[tuple[str, str], Submitted] = {}
        conflicting: list[Submitted] = []
        for one in submitted:
            key = (one.organisation, one.event_id)
            earlier = first.setdefault(key, one)
            if earlier is not one and earlier.body_hash == one.body_hash:
                first[key] = replace(earlier, repeats=earlier.repeats + 1)
            elif earlier is not one:
                conflicting.append(one)
        known = await self._claim(work, list(first.values()))
        for key, one in first.items():
            if key in known:
                found.receipts.extend(self._again(work, one, known[key]))
            elif one.errors:
                found.receipts.append(self.receipt(work, one, Verdict.REJECTED, errors=one.errors))
            else:
                found.fresh.append(one)
                if one.event:
                    work.trace(one.event, organisation=one.organisation)
        found.receipts += [self._conflict(work, one) for one in conflicting]
        return found

    def receipt(
        self,
        work: Work,
        one: Submitted,
        verdict: Verdict,
        *,
        errors: Sequence[FieldError] = (),
        warnings: Sequence[str] = (),
        subject: UUID | None = None,
        until: datetime | None = None,
    ) -> Receipt:
        """Write the verdict on one submission, into the register and onto the receipts topic."""
        receipt = Receipt(
            receipt=public_id("receipt", one.organisation, one.event_id, verdict, str(until or "")),
            organisation=one.organisation,
            event_id=one.event_id if one.has_id else None,
            event_type=one.type,
            verdict=verdict,
            errors=[FieldProblem(**error.as_dict()) for error in errors],
            warnings=list(warnings),
            subject=subject,
            until=until,
            at=work.now,
            service=self.service,
            topic=one.record.topic if one.record else None,
            partition=one.record.partition if one.record else None,
            offset=one.record.offset if one.record else None,
        )
        work.insert(SUBMISSIONS, [_row(one, receipt, work.now)], Conflict.REPLACE)
        self._publish(work, receipt)
        for number in range(one.repeats):
            self._publish(work, receipt.model_copy(update={"repeat": True}), f"repeat/in-batch/{number}")
        if one.impersonated is not None:
            self.notice(work, NoticeKind.IMPERSONATION, one.organisation, str(receipt.receipt))
        return receipt

    def notice(self, work: Work, kind: NoticeKind, organisation: str | None, reference: str) -> None:
        """Ask for the centre's desk to be alerted."""
        publish_notice(work, self.service, kind, organisation, reference)

    def _parse(self, event: Envelope) -> Contract:
        model = self._registry.get(event.type)
        if model is None:
            raise Rejected([FieldError("type", "known", "is no type or version that this topic takes")])
        return parse(model, event.data)

    async def _claim(self, work: Work, submitted: Sequence[Submitted]) -> dict[tuple[str, str], Any]:
        """Claim each (organisation, event id); returns the rows of those that somebody had claimed before."""
        ordered = sorted(submitted, key=lambda one: (one.organisation, one.event_id))
        rows = await work.fetch(
            'INSERT INTO submissions (organisation, event_id, body_hash, topic, partition, "offset", claimed_at)'
            " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[],"
            "  $7::timestamptz[]) ON CONFLICT DO NOTHING RETURNING organisation, event_id",
            [one.organisation for one in ordered],
            [one.event_id for one in ordered],
            [one.body_hash for one in ordered],
            [one.record.topic if one.record else None for one in ordered],
            [one.record.partition if one.record else None for one in ordered],
            [one.record.offset if one.record else None for one in ordered],
            [work.now] * len(ordered),
        )
        new = {(row.organisation, row.event_id) for row in rows}
        old = [one for one in ordered if (one.organisation, one.event_id) not in new]
        if not old:
            return {}
        known = await work.fetch(
            "SELECT s.* FROM submissions s JOIN unnest($1::text[], $2::text[]) AS u(organisation, event_id)"
            " USING (organisation, event_id)",
            [one.organisation for one in old],
            [one.event_id for one in old],
        )
        return {(row.organisation, row.event_id): row for row in known}

    def _again(self, work: Work, one: Submitted, row: Any) -> list[Receipt]:
        if one.record and (row.topic, row.partition, row.offset) == (
            one.record.topic,
            one.record.partition,
            one.record.offset,
        ):
            return []
        if row.body_hash != one.body_hash:
            return [self._conflict(work, one)]
        if row.receipt is None:
            return []
        first = Receipt.model_validate(row.receipt).model_copy(update={"repeat": True})
        where = str(one.record.offset if one.record else work.now.timestamp())
        self._publish(work, first, f"repeat/{where}")
        return [first]

    def _conflict(self, work: Work, one: Submitted) -> Receipt:
        """The first body stands; this one gets a receipt of its own that says so, and nothing is overwritten.

        Sent once more it is told once more: each telling is an event of its own.
        """
        receipt = Receipt(
            receipt=public_id("receipt", one.organisation, one.event_id, "conflict", one.body_hash),
            organisation=one.organisation,
            event_id=one.event_id,
            event_type=one.type,
            verdict=Verdict.REJECTED,
            errors=[FieldProblem(field="id", rule="conflict", message="this id was used before for another body")],
            at=work.now,
            service=self.service,
            topic=one.record.topic if one.record else None,
            partition=one.record.partition if one.record else None,
            offset=one.record.offset if one.record else None,
        )
        where = str(one.record.offset if one.record else work.now.timestamp())
        self._publish(work, receipt, f"conflict/{where}")
        if one.impersonated is not None:
            self.notice(work, NoticeKind.IMPERSONATION, one.organisation, str(receipt.receipt))
        return receipt

    def _publish(self, work: Work, receipt: Receipt, occasion: str = "first") -> None:
        event = Envelope(
            id=str(public_id("receipt-event", str(receipt.receipt), occasion)),
            source=service_source(self.service),
            type=RECEIPT,
            time=work.now,
            data=receipt.model_dump(mode="json"),
            subject=str(receipt.receipt),
            causationid=receipt.event_id,
        )
        work.publish(receipts_topic(self.service), event, receipt.organisation)


def mode_of(one: Submitted) -> Mode:
    """Whether a submission is live, only checked, or a backfill."""
    return getattr(one.data, "mode", Mode.LIVE)


def _row(one: Submitted, receipt: Receipt, now: datetime) -> dict[str, Any]:
    return {
        "organisation": one.organisation,
        "event_id": one.event_id,
        "body_hash": one.body_hash,
        "topic": one.record.topic if one.record else None,
        "partition": one.record.partition if one.record else None,
        "offset": one.record.offset if one.record else None,
        "verdict": receipt.verdict.value,
        "receipt": receipt.model_dump(mode="json"),
        "claimed_at": now,
    }


def _unreadable(
    organisation: str,
    event_id: str | None,
    raw: bytes | None,
    at: datetime,
    record: Record | None,
    errors: Sequence[FieldError],
) -> Submitted:
    place = f"{record.topic}/{record.partition}/{record.offset}" if record else sha256(raw or b"").hexdigest()
    return Submitted(
        organisation=organisation,
        event_id=event_id or f"at:{place}",
        has_id=event_id is not None,
        body_hash=sha256(raw or b"").hexdigest(),
        at=at,
        errors=tuple(errors),
        record=record,
    )


def _hash(raw: bytes) -> str:
    """The hash of the canonical JSON (RFC 8785), so that spacing and key order make no conflict."""
    try:
        return sha256(rfc8785.dumps(orjson.loads(raw))).hexdigest()
    except (rfc8785.CanonicalizationError, ValueError, RecursionError):
        return sha256(raw).hexdigest()
