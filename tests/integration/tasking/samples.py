"""Pursue submissions as a force's system would send them; people and numbers are invented."""

from typing import Any
from uuid import UUID, uuid5

import orjson

from services.tasking.handlers.hearing import pursue_action_id
from shared.contracts.envelope import organisation_source
from shared.contracts.pursue import Verb

KEY = b"a key for tests, of thirty-two bytes"
_SPACE = UUID(int=99)


def action_id(name: str) -> str:
    """The force's own id of its action."""
    return str(uuid5(_SPACE, name))


def our_id(name: str, organisation: str = "merseyside") -> str:
    """The id that tasking gives it."""
    return str(pursue_action_id(KEY, organisation, UUID(action_id(name))))


def details(**said: Any) -> dict[str, Any]:
    return {"urgency": "routine", "places": [{"ref": "a", "district": "W06000002"}], **said}


def sealed(**said: Any) -> dict[str, Any]:
    """Details that ask for a seal and name contacts of the fixture `with_contacts`."""
    named = [{"organisation": "north-wales", "contact": "nw-1"}, {"organisation": "cumbria", "contact": "cu-1"}]
    return details(**({"sealed": True, "pre_brief": named, "named_officer": "ms-1"} | said))


def submission(
    verb: str,
    revision: int,
    said: dict[str, Any] | None = None,
    *,
    name: str = "one",
    id: str | None = None,
    organisation: str = "merseyside",
    source: str | None = None,
    mode: str = "live",
) -> bytes:
    """A CloudEvent about the action `name`; its id is the name and the revision unless one is given."""
    data: dict[str, Any] = {"action_id": action_id(name), "revision": revision, "mode": mode}
    if verb in ("proposed", "authorised", "executed", "amended"):
        data["action"] = said or details()
    else:
        data["reason"] = "published_in_error" if verb == "retracted" else "over"
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": id or f"{name}-{revision}",
            "source": organisation_source(source or organisation),
            "type": Verb(verb).type,
            "time": "2026-11-20T18:00:00Z",
            "data": data,
        }
    )
