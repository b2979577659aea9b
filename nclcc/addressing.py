"""Where a submission goes: its topic by source and type, its key by what it is about."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from shared.contracts.protect import RESPONSES as RESPONSE_TYPES
from shared.contracts.pursue import PREFIX as PURSUE_PREFIX
from shared.contracts.registry import INTEL_SUBMISSIONS
from shared.contracts.topics import CODE, INTEL, PURSUE, RESPONSES, OrganisationTopic

_SOURCE: Final = re.compile(rf"urn:nclcc:org:({CODE})")
_KEYS: Final = ("action_id", "line_id", "task")
"""What a submission is about, by the first of these fields that it has."""


class Unaddressed(Exception):
    """An event that says too little to be sent; the message names what is missing."""


def organisation_of_source(event: Mapping[str, Any]) -> str:
    """The code in the event's `source`. Raises Unaddressed."""
    match = _SOURCE.fullmatch(str(event.get("source", "")))
    if match is None:
        raise Unaddressed("its source is no urn:nclcc:org:<code>")
    return match[1]


def topic_of(event: Mapping[str, Any]) -> str:
    """The organisation's topic that takes this type. Raises Unaddressed."""
    return _stream_of(str(event.get("type", ""))).of(organisation_of_source(event)).name


def key_of(event: Mapping[str, Any]) -> str | None:
    """The opaque id of what the event is about; its own id where it says none; None if it has neither."""
    data = event.get("data")
    if isinstance(data, dict):
        for name in _KEYS:
            if isinstance(data.get(name), str):
                return str(data[name])
    found = event.get("id")
    return found if isinstance(found, str) else None


def read_events(raw: bytes) -> Iterator[dict[str, Any]]:
    """The events in a file: one JSON object, an array of them, or one on each line. Raises Unaddressed."""
    try:
        whole = orjson.loads(raw)
    except orjson.JSONDecodeError:
        yield from _lines(raw)
        return
    for number, event in enumerate(whole if isinstance(whole, list) else [whole], 1):
        yield _object(event, f"event {number}")


def _lines(raw: bytes) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield _object(orjson.loads(line), f"line {number}")
        except orjson.JSONDecodeError as error:
            raise Unaddressed(f"line {number} is no JSON (position {error.pos})") from None


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unaddressed(f"{where} is no JSON object")
    return value


def _stream_of(type: str) -> OrganisationTopic:
    if type.startswith(PURSUE_PREFIX):
        return PURSUE
    if type in INTEL_SUBMISSIONS:
        return INTEL
    if type in RESPONSE_TYPES:
        return RESPONSES
    raise Unaddressed("its type is none that an organisation submits; --topic sends it all the same")
