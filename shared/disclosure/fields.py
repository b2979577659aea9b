"""Per kind of record and audience, the fields that it may see: an allow-list, never a block-list."""

from collections.abc import Mapping
from typing import Any, Final

from shared.disclosure.audience import Audience

_TASK_COMMON = frozenset(
    {"task", "status", "change", "title", "rule", "recipient", "urgency", "raised_at", "due_at", "version"}
)
_ANSWER = frozenset({"answered_by", "answered_for", "reason"})

FIELDS: Final[Mapping[tuple[str, Audience], frozenset[str]]] = {
    ("protect_task", Audience.RECIPIENT): _TASK_COMMON
    | _ANSWER
    | {"acting", "legal_basis", "minimum", "missing", "playbook"},
    ("protect_task", Audience.NAMED): _TASK_COMMON
    | _ANSWER
    | {"acting", "pursue_action", "legal_basis", "minimum", "missing", "playbook"},
    ("protect_task", Audience.ACTING): _TASK_COMMON | _ANSWER | {"pursue_action", "missing"},
    ("protect_task", Audience.CENTRE): _TASK_COMMON
    | _ANSWER
    | {"acting", "pursue_action", "legal_basis", "missing", "playbook"},
    ("protect_task", Audience.NATIONAL): _TASK_COMMON | {"acting", "pursue_action"},
    ("pursue_action", Audience.ACTING): frozenset(
        {
            "pursue_action",
            "acting",
            "action_id",
            "version",
            "change",
            "changed",
            "status",
            "sealed",
            "released",
            "details",
            "reason",
            "parts",
            "lead",
            "occurred_at",
            "history",
        }
    ),
    ("pursue_action", Audience.NAMED): frozenset(
        {
            "pursue_action",
            "acting",
            "version",
            "change",
            "status",
            "sealed",
            "released",
            "urgency",
            "planned_for",
            "districts",
            "occurred_at",
        }
    ),
    ("pursue_action", Audience.CENTRE): frozenset(
        {
            "pursue_action",
            "acting",
            "version",
            "change",
            "status",
            "urgency",
            "districts",
            "parts",
            "occurred_at",
        }
    ),
    ("pursue_action", Audience.NATIONAL): frozenset(
        {
            "pursue_action",
            "acting",
            "version",
            "change",
            "status",
            "urgency",
            "districts",
            "occurred_at",
        }
    ),
    ("intelligence_report", Audience.ACTING): frozenset(
        {"report", "organisation", "handling", "backfill", "content", "recorded_at"}
    ),
    ("line", Audience.ACTING): frozenset(
        {"line_id", "owner", "revision", "version", "name", "areas", "status", "changed_at"}
    ),
    ("line", Audience.CENTRE): frozenset({"line_id", "owner", "version", "areas", "status", "changed_at"}),
    ("receipt", Audience.ACTING): frozenset(
        {
            "receipt",
            "event_id",
            "event_type",
            "verdict",
            "errors",
            "warnings",
            "subject",
            "repeat",
            "until",
            "at",
        }
    ),
    ("alert", Audience.RECIPIENT): frozenset(
        {
            "alert",
            "reference",
            "desk",
            "urgency",
            "status",
            "step",
            "tasks",
            "raised_at",
            "handed_over_at",
            "acknowledged_at",
            "acknowledged_by",
            "next_deadline",
        }
    ),
    ("alert", Audience.NAMED): frozenset(
        {
            "alert",
            "reference",
            "desk",
            "urgency",
            "status",
            "step",
            "tasks",
            "raised_at",
            "handed_over_at",
            "acknowledged_at",
            "acknowledged_by",
            "next_deadline",
        }
    ),
    ("alert", Audience.CENTRE): frozenset(
        {
            "alert",
            "reference",
            "organisation",
            "desk",
            "urgency",
            "status",
            "step",
            "raised_at",
            "handed_over_at",
            "acknowledged_at",
            "next_deadline",
        }
    ),
}
"""(kind, audience) to fields. A pair that is not here sees nothing."""


def project(kind: str, audience: Audience, record: Mapping[str, Any]) -> dict[str, Any] | None:
    """`record` as `audience` may see it; None where it may not know of it at all. Services see everything."""
    if audience is Audience.SERVICE:
        return dict(record)
    allowed = FIELDS.get((kind, audience))
    if allowed is None:
        return None
    return {name: value for name, value in record.items() if name in allowed}
