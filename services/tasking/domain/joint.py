"""Joint actions: how each part of a lead stands, as far as the lead's readers may know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.tasking.domain.action import Action
from shared.contracts.pursue import Status


@dataclass(frozen=True, slots=True)
class PartReport:
    """An action that calls itself a part of a joint one."""

    id: UUID
    acting: str
    status: Status
    sealed: bool


def decide_parts(lead: Action, reports: Iterable[PartReport]) -> tuple[Mapping[str, Any], ...]:
    """A `Part` in JSON form for each organisation that the lead lists; one that has not reported has no status.

    What the lead does not list is not taken in: anybody may claim to be a part. A part that is still sealed looks
    as if it had not reported: the lead's readers are not the ones whom the part has named.
    """
    told: dict[str, list[PartReport]] = {}
    for report in sorted(reports, key=lambda one: one.id):
        if not report.sealed:
            told.setdefault(report.acting, []).append(report)
    parts: list[Mapping[str, Any]] = []
    for code in dict.fromkeys(lead.details.get("parts", ()) if lead.details else ()):
        for report in told.get(code, ()):
            parts.append({"organisation": code, "pursue_action": str(report.id), "status": report.status.value})
        if code not in told:
            parts.append({"organisation": code, "pursue_action": None, "status": None})
    return tuple(parts)
