"""Rows as what decisions read, and back."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain.states import Alert, Kind, TaskCopy

_MOMENTS = {
    "began_at",
    "raised_at",
    "due_at",
    "handed_over_at",
    "acknowledged_at",
    "next_deadline",
}
_IDS = {"alert", "task", "pursue_action", "together"}
_NAMES = {of: tuple(one.name for one in fields(of)) for of in (TaskCopy, Alert)}


def task_of(document: Mapping[str, Any]) -> TaskCopy:
    """A row of `tasks` as PostgreSQL gives it in JSON."""
    return TaskCopy(**_parsed(document, TaskCopy))


def alert_of(document: Mapping[str, Any]) -> Alert:
    """A row of `alerts` as PostgreSQL gives it in JSON."""
    return Alert(**{**_parsed(document, Alert), "kind": Kind(document["kind"])})


def row_of(state: TaskCopy | Alert) -> dict[str, Any]:
    """The row of a task or an alert."""
    names = _NAMES[type(state)]
    row = {name: getattr(state, name) for name in names}
    return row | {"kind": str(row["kind"])} if "kind" in row else row


def _parsed(document: Mapping[str, Any], of: type[TaskCopy] | type[Alert]) -> dict[str, Any]:
    return {one.name: _value(one.name, document[one.name]) for one in fields(of)}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _MOMENTS:
        return datetime.fromisoformat(value)
    return UUID(value) if name in _IDS else value
