"""Raises alerts and lets them climb: who is told now, and until when they have."""

import logging
from collections.abc import Iterable
from uuid import UUID

from services.notify.domain import events
from services.notify.domain.links import link_token, token_hash
from services.notify.domain.roster import Roster, facts_of, policy_of
from services.notify.domain.states import FALLBACK, OPEN, OVER, Alert, Kind
from services.notify.escalation import (
    AlertState,
    EndedQuietly,
    Moved,
    ReachedNobody,
    Tell,
    decide_escalation,
)
from services.notify.repository import alerts as repository
from services.notify.work import LEASE, SUBJECT, Batch, Job
from shared.audit import Action, Entry, Way, record
from shared.contracts.topics import ALERTS_EVENTS
from shared.kernel.ids import derive
from shared.observability import metrics

log = logging.getLogger(__name__)

_RANKS = {"life_risk": 0, "urgent": 1, "routine": 2}


def climb(batch: Batch, alert: Alert, roster: Roster, *, subject_over: bool = False) -> None:
    """Do what is due for this alert: tell the next people, set the next deadline. The row is written by `keep`."""
    policy = policy_of(alert, roster.policies)
    facts = facts_of(alert, policy, roster, batch.now, batch.desk.channels)
    if subject_over:
        alert.status, alert.next_deadline = OVER, None
        return
    state = AlertState(
        "open" if alert.waiting else "closed",
        alert.raised_at,
        alert.sealed,
        alert.step,
        alert.next_deadline,
        frozenset(alert.told),
    )
    for change in decide_escalation(state, policy, batch.now, facts):
        match change:
            case Tell():
                _tell(batch, alert, change.contact, roster)
            case Moved():
                _move(batch, alert, change)
            case EndedQuietly():
                alert.status, alert.next_deadline = OVER, None
            case ReachedNobody(fallback=True):
                # readiness fails as well; the alert looks again every minute
                found = {} if alert.sealed else {"alert": str(alert.alert)}
                log.error("nobody stands behind the fallback", extra=found)


def keep(batch: Batch, alerts: Iterable[Alert], new: frozenset[UUID] = frozenset()) -> None:
    """Write alerts that changed, once each, and say so to the other services; a sealed one is not told or counted."""
    changed = list(alerts)
    for alert in changed:
        alert.version += 1
        if not alert.sealed:
            event = events.alert_changed(batch.desk.key, alert, batch.now)
            batch.work.publish(ALERTS_EVENTS, event, str(alert.alert))
    repository.record_alerts(batch.work, changed)
    record(batch.work, *(_audited(alert, alert.alert in new) for alert in changed))
    for alert in changed:
        if alert.alert in new and not alert.sealed:
            batch.work.after_commit(metrics.ALERTS.labels(alert.urgency).inc)


def _move(batch: Batch, alert: Alert, to: Moved) -> None:
    if alert.step is not None and not alert.sealed:
        batch.work.after_commit(metrics.ESCALATIONS.labels(alert.urgency).inc)
    alert.step = to.position
    alert.status = FALLBACK if to.fallback else OPEN
    # the fallback is told again and again until a person answers
    alert.next_deadline = to.deadline or batch.now + batch.desk.fallback_every


def _tell(batch: Batch, alert: Alert, contact: str, roster: Roster) -> None:
    key = batch.desk.key
    link = {
        "token_hash": token_hash(link_token(key, alert.alert, contact)),
        "alert": alert.alert,
        "contact": contact,
        "made_at": batch.now,
    }
    repository.record_links(batch.work, [link])
    if contact not in alert.told:
        alert.told.append(contact)
    job = Job(
        # the version tells one telling of the same person from the next
        delivery=derive(key, "delivery", str(alert.alert), contact, str(alert.version)),
        alert=alert.alert,
        reference=alert.reference,
        urgency=alert.urgency,
        contact=contact,
        ways=roster.contacts[contact].ways,
        # a retraction reaches whoever had it at once, however routine what it retracts
        rank=0 if alert.kind is Kind.RETRACTION else _RANKS[alert.urgency],
        lease_until=batch.now + LEASE,
    )
    batch.hand_over(job)


def _audited(alert: Alert, new: bool) -> Entry:
    return Entry(
        action=Action.COLLECTION if new else Action.ALTERATION,
        record_kind="alert",
        record_id=str(alert.alert),
        actor=SUBJECT,
        organisation="nclcc",
        way=Way.CHANNEL,
        recipients=tuple(alert.told),
        detail={"version": alert.version, "status": alert.status},
    )
