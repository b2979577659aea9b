"""What changed between two states of an action's details, by field and by ref, never by value."""

from collections.abc import Mapping
from typing import Any, Final

_BY_REF: Final = ("people", "places")


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The top-level fields that differ; of people and places the refs, as `people[p1]`."""
    found: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        if name in _BY_REF:
            found += [f"{name}[{ref}]" for ref in _changed_refs(before.get(name, ()), after.get(name, ()))]
        else:
            found.append(name)
    return tuple(found)


def _changed_refs(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    old, new = ({one["ref"]: one for one in records} for records in (before, after))
    return [ref for ref in sorted(old.keys() | new.keys()) if old.get(ref) != new.get(ref)]
