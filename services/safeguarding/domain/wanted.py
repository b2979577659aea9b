"""What decisions are made by, what they are made from, and the tasks that they want."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.safeguarding.domain.action import Action, facts_for
from services.safeguarding.domain.geography import Postcodes
from services.safeguarding.domain.playbook import Playbook, Rule
from shared.disclosure import minimum_data
from shared.reference import Nation, Reference


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What every decision is made by: the playbook, the reference tables, and the key of derived ids."""

    playbook: Playbook
    reference: Reference
    id_key: bytes


@dataclass(frozen=True, slots=True)
class LocalFacts:
    """What was gathered for one action: where its line arrives (None: unknown line), and rows of the directory."""

    areas: tuple[str, ...] | None = None
    postcodes: Postcodes = field(default_factory=Postcodes)


@dataclass(frozen=True, slots=True)
class Desired:
    """A task that should exist: one per action, rule and recipient, about that recipient's people and places only."""

    task: UUID
    rule: Rule
    organisation: str
    desk: str
    nation: Nation
    people: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    route: tuple[tuple[str, str], ...] = ()


def content_of(
    action: Action,
    rule: Rule,
    desk: str,
    people: Iterable[str],
    places: Iterable[str],
    context: Mapping[str, Any],
) -> tuple[dict[str, Any], list[str]]:
    """What a desk gets of a task, and what of the required part the submission lacks."""
    facts = facts_for(action, people, places, context)
    minimum, _ = minimum_data(desk, rule.minimum.wanted, facts)
    _, missing = minimum_data(desk, rule.minimum.plainly_required, facts)
    for choice in rule.minimum.choices:
        missing += _none_of(desk, choice, facts)
    if "asked_for" in context:
        missing = sorted({name for asked in context["asked_for"] for name in asked["fields"]})
    return minimum, missing


def _none_of(desk: str, choice: tuple[str, ...], facts: Mapping[str, Any]) -> list[str]:
    """The first field of a choice, for each record that has none of them."""
    lacking = [minimum_data(desk, [name], facts)[1] for name in choice]
    others = [{entry.split(".", 1)[0] for entry in entries} for entries in lacking[1:]]
    return [entry for entry in lacking[0] if all(entry.split(".", 1)[0] in other for other in others)]
