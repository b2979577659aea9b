"""A submission as the domain hears it, and back from the row in which it waited."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.tasking.domain import Heard, Waiting
from services.tasking.repository import Wanted
from shared.bus.record import Record
from shared.bus.submissions import Submitted
from shared.contracts.envelope import as_document, from_document
from shared.contracts.model import Mode, Urgency, parse
from shared.contracts.pursue import (
    PREFIX,
    SUBMISSIONS,
    PursueDetails,
    Retraction,
    Submission,
    Verb,
    WithDetails,
    WithReason,
)
from shared.kernel.ids import derive


@dataclass(frozen=True, slots=True)
class Origin:
    """One submission with who sent it: an organisation's system, or a person by API."""

    submitted: Submitted
    heard: Heard
    by: str
    way: str


def pursue_action_id(key: bytes, organisation: str, action_id: UUID) -> UUID:
    """Our id of a force's action, which only services can compute."""
    return derive(key, "pursue-action", organisation, str(action_id))


def hear(key: bytes, one: Submitted) -> Heard:
    """A well-formed submission in the domain's words."""
    assert one.event is not None
    assert isinstance(one.data, Submission)
    data = one.data
    action = data.action if isinstance(data, WithDetails) else None
    return Heard(
        id=pursue_action_id(key, one.organisation, data.action_id),
        acting=one.organisation,
        action_id=data.action_id,
        event_id=one.event_id,
        verb=Verb(one.event.type.removeprefix(PREFIX).removesuffix(".v1")),
        revision=data.revision,
        mode=data.mode,
        occurred_at=_occurred_at(action, one.event.time),
        details=action.model_dump(mode="json", exclude_none=True) if action else None,
        reason=data.reason if isinstance(data, WithReason | Retraction) else None,
        note=data.note if isinstance(data, Retraction) else None,
        lead=_lead(key, action),
    )


def wanted_for(heard: Iterable[Heard]) -> Wanted:
    """The keys of what deciding on these submissions needs to know."""
    all_of = list(heard)
    return Wanted(
        actions=frozenset(one.id for one in all_of),
        leads=frozenset(one.lead for one in all_of if one.lead),
        named=frozenset(pair for one in all_of for pair in _named(one)),
        lines=frozenset(line for one in all_of if (line := _line(one))),
        codes=frozenset(code for one in all_of for code in _codes(one)),
    )


def waiting_row(
    origin: Origin, waiting: Waiting, urgency: Urgency | None, sealed: bool, now: datetime
) -> dict[str, Any]:
    """The row in which a submission waits. `urgency` and `sealed` are its action's, where it says nothing itself."""
    one, heard = origin.submitted, origin.heard
    assert one.event is not None
    said = heard.details["urgency"] if heard.details else urgency
    return {
        "pursue_action": heard.id,
        "revision": heard.revision,
        "organisation": one.organisation,
        "event_id": one.event_id,
        "body_hash": one.body_hash,
        "event": as_document(one.event),
        "by": origin.by,
        "way": origin.way,
        "topic": one.record.topic if one.record else None,
        "partition": one.record.partition if one.record else None,
        "offset": one.record.offset if one.record else None,
        "received_at": one.at,
        "urgent": said in (Urgency.URGENT, Urgency.LIFE_RISK),
        "sealed": heard.seals or sealed,
        "named": [list(pair) for pair in _named(heard)],
        "codes": _codes(heard),
        "line_id": _line(heard),
        "lead": heard.lead,
        "since": now,
        "until": waiting.until,
        "noticed_at": None,
    }


def waited(key: bytes, row: dict[str, Any]) -> Origin:
    """The submission that waited in `row` (its JSON form), as if it had just come."""
    event = from_document(row["event"])
    received = datetime.fromisoformat(row["received_at"])
    record = None
    if row["topic"] is not None:
        record = Record(row["topic"], row["partition"], row["offset"], None, None, (), received)
    submitted = Submitted(
        organisation=row["organisation"],
        event_id=row["event_id"],
        body_hash=row["body_hash"],
        at=received,
        event=event,
        data=parse(SUBMISSIONS[event.type], event.data),
        record=record,
    )
    return Origin(submitted, hear(key, submitted), row["by"], row["way"])


def until_of(row: dict[str, Any]) -> datetime:
    """Until when the submission in `row` may wait."""
    return datetime.fromisoformat(row["until"])


def live(heard: Heard) -> bool:
    """Whether it is meant to be recorded at all."""
    return heard.mode is not Mode.VALIDATE_ONLY


def _occurred_at(action: PursueDetails | None, time: datetime) -> datetime:
    executed = action.executed_at if action else None
    return (executed or time).astimezone(UTC)


def _lead(key: bytes, action: PursueDetails | None) -> UUID | None:
    if action is None or action.part_of is None:
        return None
    return pursue_action_id(key, action.part_of.lead, action.part_of.action_id)


def _named(heard: Heard) -> list[tuple[str, str]]:
    if not heard.seals or heard.details is None:
        return []
    pairs = [(one["organisation"], one["contact"]) for one in heard.details.get("pre_brief", ())]
    officer = heard.details.get("named_officer")
    return [*pairs, (heard.acting, officer)] if officer else pairs


def _line(heard: Heard) -> UUID | None:
    line = heard.details.get("line_id") if heard.details else None
    return UUID(line) if line else None


def _codes(heard: Heard) -> list[str]:
    if heard.details is None:
        return []
    people = heard.details.get("people", ())
    cared = [person["looked_after_by"] for person in people if "looked_after_by" in person]
    return [*heard.details.get("parts", ()), *cared]
