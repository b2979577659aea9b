"""Empties a submission whose marking is refused, before anything of it can be stored."""

from dataclasses import replace
from typing import Final

import orjson

from services.intel.domain import find_refusal
from shared.bus.record import Record
from shared.bus.submissions import Submitted
from shared.contracts.registry import INTEL_SUBMISSIONS

REFUSED_BODY: Final = "refused"
"""Stands in the register in place of the body's hash: of what is refused not even that is kept."""


def without_content(one: Submitted, raw: bytes | None) -> Submitted:
    """`one` as it is, or as nothing but its id and the refusal."""
    refusal = find_refusal(_data_of(raw))
    if refusal is None:
        return one
    known = one.event is not None and one.event.type in INTEL_SUBMISSIONS
    return replace(
        one,
        event=one.event.replace(data={}, subject=None) if one.event and known else None,
        data=None,
        errors=(refusal,),
        body_hash=REFUSED_BODY,
        event_id=one.event_id if one.has_id or one.record else f"at:refused/{one.at.isoformat()}",
    )


def storable(record: Record) -> Record:
    """The message without its value where its marking is refused: not even our own dead letters may keep it."""
    return record if find_refusal(_data_of(record.value)) is None else replace(record, value=None)


def _data_of(raw: bytes | None) -> object:
    try:
        document = orjson.loads(raw or b"")
    except orjson.JSONDecodeError:
        return None
    return document.get("data") if isinstance(document, dict) else None
