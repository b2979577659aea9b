"""The events that notify speaks in: its own, and those of an inbox, which have an envelope of their own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.notify.domain.states import Alert
from shared.contracts.alerts import ALERT_CHANGED, AlertChanged, AlertStatus
from shared.contracts.envelope import Envelope, service_source
from shared.contracts.protect import ANSWERED, Answered
from shared.contracts.registry import (
    CONTACT_CHANGED,
    ORGANISATION_CHANGED,
    ContactChanged,
    Enrolment,
    OrganisationChanged,
)
from shared.kernel.ids import derive

CENTRE_SOURCE: Final = "urn:nclcc:centre"
_SERVICE: Final = service_source("notify")


def alert_changed(key: bytes, alert: Alert, now: datetime) -> Envelope:
    """The state of an alert for the other services."""
    changed = AlertChanged(
        alert=alert.alert,
        reference=alert.reference,
        organisation=alert.organisation,
        desk=alert.desk,
        urgency=alert.urgency,  # type: ignore[arg-type]
        status=AlertStatus(alert.status),
        version=alert.version,
        step=alert.step or 0,
        tasks=[UUID(task) for task in alert.tasks],
        raised_at=alert.raised_at,
        handed_over_at=alert.handed_over_at,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=alert.acknowledged_by,
        next_deadline=alert.next_deadline,
    )
    return Envelope(
        id=str(derive(key, "alert-changed", str(alert.alert), str(alert.version))),
        source=_SERVICE,
        type=ALERT_CHANGED,
        time=now,
        data=changed.model_dump(mode="json"),
        subject=str(alert.alert),
        aggregateversion=alert.version,
    )


def answered(answer: Answered) -> Envelope:
    """What a person answered, for safeguarding to decide on."""
    return Envelope(
        id=str(answer.answer),
        source=_SERVICE,
        type=ANSWERED,
        time=answer.at,
        data=answer.model_dump(mode="json", exclude_none=True),
        subject=str(answer.task),
    )


def contact_changed(key: bytes, changed: ContactChanged, now: datetime) -> Envelope:
    """A contact that may, or no longer may, be named."""
    subject = f"{changed.organisation}/{changed.contact}"
    return Envelope(
        id=str(derive(key, "contact-changed", subject, str(changed.version))),
        source=_SERVICE,
        type=CONTACT_CHANGED,
        time=now,
        data=changed.model_dump(mode="json"),
        subject=subject,
        aggregateversion=changed.version,
    )


def organisation_changed(key: bytes, code: str, status: str, kafka: bool, version: int, now: datetime) -> Envelope:
    """Who takes part."""
    changed = OrganisationChanged(code=code, status=Enrolment(status), kafka=kafka, version=version)
    return Envelope(
        id=str(derive(key, "organisation-changed", code, str(version))),
        source=_SERVICE,
        type=ORGANISATION_CHANGED,
        time=now,
        data=changed.model_dump(mode="json"),
        subject=code,
        aggregateversion=version,
    )


def inbox_event(id: UUID, type: str, at: datetime, data: Mapping[str, Any], sequence: int | None) -> Envelope:
    """An event as an organisation receives it: none of the attributes that tell who else was told."""
    return Envelope(id=str(id), source=CENTRE_SOURCE, type=type, time=at, data=data, sequence=sequence)
