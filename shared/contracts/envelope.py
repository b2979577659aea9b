"""The CloudEvents 1.0 envelope in structured JSON, decoded and encoded in one place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from shared.kernel.errors import FieldError, Rejected

CONTENT_TYPE = b"application/cloudevents+json; charset=utf-8"
MAX_EVENT_BYTES = 256 * 1024
MAX_SUBMISSION_BYTES = 1024 * 1024
_LONGEST_ATTRIBUTE = 400
_REQUIRED = ("specversion", "id", "source", "type")
_ID = re.compile(r"[\x21-\x7e]{1,200}")
_EXTENSIONS = ("partitionkey", "correlationid", "causationid", "traceparent", "handlingcode", "audience")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event. `data` is a JSON object; `time` is aware; `aggregateversion` counts from 1 within `subject`."""

    id: str
    source: str
    type: str
    time: datetime
    data: Mapping[str, Any]
    subject: str | None = None
    partitionkey: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None
    handlingcode: str | None = None
    audience: str | None = None
    aggregateversion: int | None = None
    sequence: int | None = None
    dataschema: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def replace(self, **changes: Any) -> "Envelope":
        return replace(self, **changes)


def organisation_source(code: str) -> str:
    """The `source` of an event that the organisation `code` publishes."""
    return f"urn:nclcc:org:{code}"


def service_source(name: str) -> str:
    """The `source` of an event that one of the services publishes."""
    return f"urn:nclcc:service:{name}"


def encode(event: Envelope) -> bytes:
    """Structured-mode JSON; attributes that are unset are left out."""
    return orjson.dumps(as_document(event))


def as_document(event: Envelope) -> dict[str, Any]:
    """The event as the JSON object that goes on the wire."""
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": event.time.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }
    if event.subject is not None:
        document["subject"] = event.subject
    if event.dataschema is not None:
        document["dataschema"] = event.dataschema
    for name in _EXTENSIONS:
        value = getattr(event, name)
        if value is not None:
            document[name] = value
    if event.aggregateversion is not None:
        document["aggregateversion"] = event.aggregateversion
    if event.sequence is not None:
        document["sequence"] = event.sequence
    document["data"] = event.data
    return document


def decode(raw: bytes | None) -> Envelope:
    """The event in `raw`; raises `Rejected` naming the attribute and rule for whatever is no CloudEvent."""
    if raw is None:
        raise Rejected([FieldError("(message)", "tombstone", "a message without a value is no event")])
    if len(raw) > MAX_SUBMISSION_BYTES:
        raise Rejected([_too_large(len(raw), MAX_SUBMISSION_BYTES)])
    if b"\\u0000" in raw:
        # PostgreSQL can hold it in no text: without this the sender would get a dead letter in place of a receipt
        raise Rejected([FieldError("(message)", "text", "must not contain the character U+0000")])
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Rejected([FieldError("(message)", "json", f"no valid JSON: position {error.pos}")]) from None
    return from_document(document)


def check_size(raw: bytes) -> None:
    """Raises `Rejected` for an event above what a single event may have (256 KB)."""
    if len(raw) > MAX_EVENT_BYTES:
        raise Rejected([_too_large(len(raw), MAX_EVENT_BYTES)])


def from_document(document: object) -> Envelope:
    """The event in a parsed JSON value; raises `Rejected`."""
    if not isinstance(document, dict):
        raise Rejected([FieldError("(message)", "cloudevent", "a CloudEvent is a JSON object")])
    errors = _attribute_errors(document)
    time = _time_of(document, errors)
    data = document.get("data")
    if not isinstance(data, dict):
        errors.append(FieldError("data", "object", "must be a JSON object"))
    if errors:
        raise Rejected(errors)
    assert isinstance(data, dict)
    assert time is not None
    return Envelope(
        id=document["id"],
        source=document["source"],
        type=document["type"],
        time=time,
        data=data,
        subject=_text(document, "subject"),
        partitionkey=_text(document, "partitionkey"),
        correlationid=_text(document, "correlationid"),
        causationid=_text(document, "causationid"),
        traceparent=_text(document, "traceparent"),
        handlingcode=_text(document, "handlingcode"),
        audience=_text(document, "audience"),
        aggregateversion=_number(document, "aggregateversion"),
        sequence=_number(document, "sequence"),
        dataschema=_text(document, "dataschema"),
    )


def claimed_id(raw: bytes | None) -> tuple[str | None, str | None]:
    """What an unreadable submission still says of its own (`source`, `id`), for its receipt."""
    try:
        document = orjson.loads(raw or b"")
    except orjson.JSONDecodeError:
        return None, None
    if not isinstance(document, dict):
        return None, None
    event_id, source = _text(document, "id"), _text(document, "source")
    return (
        source if source and _ID.fullmatch(source) else None,
        event_id if event_id and _ID.fullmatch(event_id) else None,
    )


def _attribute_errors(document: dict[str, Any]) -> list[FieldError]:
    errors = [
        FieldError(name, "required", "is a required CloudEvents attribute")
        for name in _REQUIRED
        if not isinstance(document.get(name), str) or not document[name]
    ]
    if isinstance(document.get("specversion"), str) and document["specversion"] != "1.0":
        errors.append(FieldError("specversion", "supported", "must be 1.0"))
    for name in ("id", "source", "type"):
        if isinstance(document.get(name), str) and document[name] and not _ID.fullmatch(document[name]):
            errors.append(FieldError(name, "format", "1 to 200 visible ASCII characters"))
    for name in ("subject", "dataschema", *_EXTENSIONS):
        if isinstance(document.get(name), str) and len(document[name]) > _LONGEST_ATTRIBUTE:
            errors.append(FieldError(name, "length", f"at most {_LONGEST_ATTRIBUTE} characters"))
    if document.get("datacontenttype", "application/json") != "application/json":
        errors.append(FieldError("datacontenttype", "supported", "must be application/json"))
    return errors


def _time_of(document: dict[str, Any], errors: list[FieldError]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(document["time"])
    except (KeyError, TypeError, ValueError):
        errors.append(FieldError("time", "rfc3339", "must be an RFC 3339 timestamp with an offset"))
        return None
    if moment.tzinfo is None:
        errors.append(FieldError("time", "rfc3339", "must carry an offset"))
        return None
    if not 2000 <= moment.year <= 2100:  # beyond that, contracts refuse it and converting to UTC may overflow
        errors.append(FieldError("time", "range", "must lie between the years 2000 and 2100"))
        return None
    return moment


def _text(document: dict[str, Any], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) else None


def _number(document: dict[str, Any], name: str) -> int | None:
    value = document.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _too_large(size: int, limit: int) -> FieldError:
    return FieldError("(message)", "size", f"{size} bytes; an event may have {limit}")
