"""Alerts: what notify says when one is raised, handed over, answered or climbs."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.contracts.model import Code, Contract, Moment, Urgency

ALERT_CHANGED: Final = "uk.nclcc.notify.alert-changed.v1"


class AlertStatus(StrEnum):
    """`fallback` is still open: it has climbed to the desk that is never empty."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    FALLBACK = "fallback"
    OVER = "over"


class AlertChanged(Contract):
    """The state of an alert: ids, codes and times, never whom it concerns."""

    alert: UUID
    reference: str
    organisation: Code
    desk: str
    urgency: Urgency
    status: AlertStatus
    version: int
    step: int
    tasks: list[UUID]
    sealed: bool = False
    raised_at: Moment
    handed_over_at: Moment | None = None
    acknowledged_at: Moment | None = None
    acknowledged_by: str | None = None
    next_deadline: Moment | None = None
