"""The minimum data of a Protect task: what each kind of desk may have of an action, its people and its places."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

_IDENTITY = {
    "person.identity.name",
    "person.identity.date_of_birth",
    "person.identity.age_estimate",
    "person.identity.sex",
    "person.identity.language",
}
_ALWAYS = {"action.urgency", "action.reporter", "person.ref", "person.category", "place.ref"}
_WHERE = {"place.district", "place.postcode", "place.outcode", "place.address", "place.uprn", "place.kind"}

ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "safeguarding": frozenset(
        _ALWAYS
        | _IDENTITY
        | _WHERE
        | {
            "action.status",
            "action.executed_at",
            "action.summary",
            "place.risk",
            "person.whereabouts_now",
            "person.concern",
            "person.immediate_risk",
            "person.told",
            "person.missing",
            "person.home",
            "person.found_at",
            "person.exploited",
            "person.cuckooed",
            "person.health_risk",
            "person.looked_after_by",
        }
    ),
    "children": frozenset(
        _ALWAYS
        | _IDENTITY
        | _WHERE
        | {
            "person.home",
            "person.found_at",
            "person.whereabouts_now",
            "person.concern",
            "person.immediate_risk",
            "person.told",
            "person.looked_after_by",
            "person.missing",
            "person.health_risk",
            "person.exploited",
            "host_authority",
            "home_authority",
        }
    ),
    "edt": frozenset(
        _ALWAYS | _IDENTITY | _WHERE | {"person.whereabouts_now", "person.concern", "person.immediate_risk"}
    ),
    "adults": frozenset(
        _ALWAYS
        | _IDENTITY
        | _WHERE
        | {"person.home", "person.adult_care", "person.concern", "person.immediate_risk", "person.cuckooed"}
    ),
    "housing": frozenset(_ALWAYS | _WHERE | {"place.risk", "person.cuckooed", "person.identity.name"}),
    "health": frozenset(_ALWAYS | _IDENTITY | {"person.identity.nhs_number", "person.health_risk"}),
    "voluntary": frozenset(
        _ALWAYS
        | {
            "person.identity.name",
            "person.identity.age_estimate",
            "person.identity.date_of_birth",
            "person.support",
        }
    ),
    "publisher": frozenset({"action.urgency", "person.ref", "place.ref", "asked_for"}),
    "duty": frozenset(
        _ALWAYS
        | {
            "place.district",
            "place.postcode",
            "place.outcode",
            "place.kind",
            "action.status",
            "candidates",
            "routing_reason",
        }
    ),
}
"""Desk to fields. Never in any of them: operation name, line number, grades, handling codes, source, tactic, planned
time."""


def allowed_for(desk: str) -> frozenset[str]:
    """What a desk may have; an unknown desk may have nothing."""
    return ALLOWED.get(desk, frozenset())


@lru_cache(maxsize=1024)
def may_have(desk: str, field: str) -> bool:
    """Whether a desk may have a field: it or something that holds it (`person.support`) is in its list."""
    allowed = allowed_for(desk)
    parts = field.split(".")
    return any(".".join(parts[:length]) in allowed for length in range(1, len(parts) + 1))


def minimum_data(desk: str, wanted: Iterable[str], facts: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What is sent of `facts` (one level of nesting below action, people and places), and what is missing.

    `facts` has `action` (an object), `people` and `places` (lists of objects), and single values such as
    `host_authority`. `wanted` are the fields that the rule asks for; what the desk may not have is never sent, and
    what the submission lacks is listed as `people[ref].field`, so that it can be asked back.
    """
    fields = [name for name in dict.fromkeys(wanted) if may_have(desk, name)]
    sent: dict[str, Any] = {}
    missing: list[str] = []
    for group, key in (("action", "action"), ("person", "people"), ("place", "places")):
        names = [name.split(".", 1)[1] for name in fields if name.startswith(f"{group}.")]
        if not names:
            continue
        records = [facts.get("action", {})] if group == "action" else facts.get(key, [])
        taken = []
        for record in records:
            picked = _pick(record, names)
            taken.append(picked)
            ref = "action" if group == "action" else f"{key}[{record.get('ref')}]"
            missing += [f"{ref}.{name}" for name in names if _get(record, name) in (None, [], {}, "")]
        sent[key] = taken[0] if group == "action" else taken
    for name in (name for name in fields if "." not in name):
        if facts.get(name) is None:
            missing.append(name)
        else:
            sent[name] = facts[name]
    return sent, missing


def _pick(record: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    picked: dict[str, Any] = {}
    for name in names:
        value = _get(record, name)
        if value in (None, [], {}, ""):
            continue
        head, _, tail = name.partition(".")
        if tail:
            picked.setdefault(head, {})[tail] = value
        else:
            picked[head] = value
    return picked


def _get(record: Mapping[str, Any], name: str) -> Any:
    head, _, tail = name.partition(".")
    value = record.get(head)
    return _get(value, tail) if tail and isinstance(value, Mapping) else (None if tail else value)
