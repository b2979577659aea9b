"""Follows Protect tasks: the inboxes of all who may see a change, the national stream, and the alerts."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.notify.channels.message import alert_reference
from services.notify.domain import entries, tasks
from services.notify.domain.answers import Said
from services.notify.domain.roster import policy_of
from services.notify.domain.states import ACKNOWLEDGED, OVER, Alert, Kind, TaskCopy, decide_status
from services.notify.domain.tasks import TaskEvent
from services.notify.handlers.raise_alerts import climb, keep
from services.notify.repository import alerts as repository
from services.notify.repository.alerts import Facts
from services.notify.work import Batch
from shared.bus.record import Delivery
from shared.contracts.protect import TaskChange
from shared.contracts.topics import NATIONAL_PROTECT
from shared.kernel.ids import derive

_ENDS = {TaskChange.STOOD_DOWN: Kind.STAND_DOWN, TaskChange.RETRACTED: Kind.RETRACTION}
_ANSWERED = {
    TaskChange.ACCEPTED: Said.ACCEPTED,
    TaskChange.DONE: Said.ACCEPTED,
    TaskChange.REROUTED: Said.DECLINED,
}
"""What was answered to a task that an alert is about no longer, for whoever answers the alert after that."""


async def follow_tasks(batch: Batch, deliveries: Sequence[Delivery]) -> None:
    """Take all task events of a batch, in order; a lower version than the known one changes nothing."""
    read = [tasks.read_event(delivery.event.data, delivery.event.time) for delivery in deliveries]
    # what one action raised is followed by one batch at a time, whichever lane its events came by
    await batch.work.lock([f"action/{event.copy.pursue_action}" for event in read])
    following = _Following(batch, await _gather(batch, read))
    for event in read:
        following.take(event)
    following.record()


async def _gather(batch: Batch, read: Sequence[TaskEvent]) -> Facts:
    wanted: set[UUID] = set()
    for event in read:
        key = tasks.decide_alert_key(event, event.copy)
        wanted |= {derive(batch.desk.key, *key)} if key else set()
        if event.change in _ENDS:
            wanted |= {_end_id(batch, event, event.recipient, sealed) for sealed in (False, True)}
    return await repository.gather_facts(
        batch.work,
        {event.copy.task for event in read},
        wanted,
        {code for event in read for code in (event.copy.organisation, event.copy.acting)},
    )


def _end_id(batch: Batch, event: TaskEvent, told: str, sealed: bool, *own: str) -> UUID:
    parts = (event.change.value, str(event.together), told, "sealed" if sealed else "open", *own)
    return derive(batch.desk.key, "alert", *parts)


class _Following:
    """The state of one batch while it is decided: each event sees what those before it changed."""

    def __init__(self, batch: Batch, facts: Facts) -> None:
        self._batch = batch
        self._facts = facts
        self._tasks: dict[UUID, TaskCopy] = {}
        self._touched: dict[UUID, Alert] = {}
        self._new: dict[UUID, bool] = {}
        """New alerts, and whether each is recorded only."""
        self._late: set[UUID] = set()

    def take(self, event: TaskEvent) -> None:
        """Follow one event."""
        known = self._facts.tasks.get(event.copy.task)
        if known is not None and known.version >= event.copy.version:
            return
        copy = tasks.decide_copy(event, known)
        self._tell(event)
        before = self._facts.alerts.get(known.alert) if known and known.alert else None
        copy.answered = copy.answered and not _overruled(event, before)
        self._attach(event, copy, before)
        self._facts.tasks[copy.task] = self._tasks[copy.task] = copy
        for id in dict.fromkeys((known.alert if known else None, copy.alert)):
            if id in self._facts.alerts:
                self._settle(self._facts.alerts[id], event)
        if event.change in _ENDS and not event.backfill:
            self._end(event, copy)

    def record(self) -> None:
        """Let new alerts climb, and buffer every row that changed."""
        for id, silent in self._new.items():
            if id in self._late and not silent:
                self._hold_back(self._facts.alerts[id])
                continue
            climb(self._batch, self._facts.alerts[id], self._facts.roster, subject_over=silent)
        repository.record_tasks(self._batch.work, self._tasks.values())
        keep(self._batch, self._touched.values(), frozenset(self._new))

    def _tell(self, event: TaskEvent) -> None:
        had = self._facts.had.setdefault(event.copy.task, set())
        told = entries.decide_entries(event, had)
        self._batch.tell(told)
        had |= {entry.organisation for entry in told}
        shown = entries.decide_national(event)
        if shown is not None:
            id = derive(self._batch.desk.key, "national", str(event.copy.task), str(event.copy.version))
            self._batch.stream(NATIONAL_PROTECT, id, entries.shown_type(event), shown, str(event.copy.task))

    def _attach(self, event: TaskEvent, copy: TaskCopy, before: Alert | None) -> None:
        """Give the task the alert that it needs: the one it has, one that others opened, or a new one."""
        key = tasks.decide_alert_key(event, copy)
        if key is None:
            return
        id = derive(self._batch.desk.key, *key)
        found = self._facts.alerts.get(id)
        answered = found is not None and not found.waiting and (before is None or before.alert != id)
        if answered or _overruled(event, before):
            # those who were told have answered already and would never look again
            id = derive(self._batch.desk.key, *key, "again", str(copy.task))
            found = self._facts.alerts.get(id)
        if before is not None and before.alert == id:
            return
        alert = found or self._open(id, event)
        copy.alert = id
        copy.alerts.append(str(id))
        if str(copy.task) not in alert.tasks:
            alert.tasks.append(str(copy.task))
            self._touched[id] = alert

    def _open(self, id: UUID, event: TaskEvent) -> Alert:
        alert = _new_alert(self._batch, id, Kind.TASKS, event)
        alert.named, alert.officer = list(event.named), event.officer
        if tasks.decide_late(event, self._batch.now, self._batch.desk.late_after):
            self._late.add(id)
        return self._add(alert, silent=event.backfill)

    def _hold_back(self, alert: Alert) -> None:
        """What comes late goes to the centre, unless what follows says meanwhile that it is long over."""
        if alert.waiting:
            alert.step = len(policy_of(alert, self._facts.roster.policies).ladder) - 1
            alert.next_deadline = self._batch.now + self._batch.desk.fallback_every

    def _end(self, event: TaskEvent, copy: TaskCopy) -> None:
        """Tell all who were ever told of a task that it is over, or never should have been; they say that they saw it.

        Each recipient's people hear of it as their own, and of what they knew sealed in a sealed alert.
        """
        groups: dict[tuple[str, str, bool], list[Alert]] = {}
        for alert in (self._facts.alerts[UUID(id)] for id in copy.alerts if UUID(id) in self._facts.alerts):
            if alert.told:
                groups.setdefault((alert.organisation, alert.desk, alert.sealed), []).append(alert)
        for told in groups.values():
            self._end_for(event, told[-1], _told_by(told))

    def _end_for(self, event: TaskEvent, last: Alert, told: list[str]) -> None:
        task, recipient = str(event.copy.task), f"{last.organisation}/{last.desk}"
        # what was handed on ends by itself for those who had it before
        own = () if recipient == event.recipient else (task,)
        id = _end_id(self._batch, event, recipient, last.sealed, *own)
        if (found := self._facts.alerts.get(id)) is not None:
            if id in self._new:
                found.named += [ref for ref in told if ref not in found.named]
            elif not found.waiting or not set(told) <= set(found.named):
                found, id = None, _end_id(self._batch, event, recipient, last.sealed, task)
        if found is None:
            found = _new_alert(self._batch, id, _ENDS[event.change], event)
            found.organisation, found.desk = last.organisation, last.desk
            found.sealed, found.named, found.officer = last.sealed, told, last.officer
            self._add(found, silent=False)
        found.tasks.append(task)
        self._touched[found.alert] = found

    def _add(self, alert: Alert, silent: bool) -> Alert:
        self._facts.alerts[alert.alert] = self._touched[alert.alert] = alert
        self._new[alert.alert] = silent
        return alert

    def _settle(self, alert: Alert, event: TaskEvent) -> None:
        """Close or acknowledge an alert whose tasks were answered, handed on or ended elsewhere."""
        if alert.kind is not Kind.TASKS:
            return
        its_own = [task for task in self._facts.tasks.values() if task.alert == alert.alert]
        status = decide_status(alert, its_own)
        if status == alert.status:
            return
        alert.status, alert.next_deadline = status, None
        by = event.copy.answered_by or event.data.get("answered_for")
        if status == ACKNOWLEDGED:
            alert.acknowledged_at, alert.acknowledged_by = self._batch.now, by
        elif event.change is TaskChange.ACCEPTED or (
            event.change in _ANSWERED and alert.answer not in (Said.ACCEPTED, Said.DECLINED)
        ):
            alert.answer, alert.acknowledged_by = _ANSWERED[event.change].value, by
        self._touched[alert.alert] = alert
        if status == OVER and alert.alert in self._new:
            self._new[alert.alert] = True  # raised and over within one batch: nobody is woken for it


def _overruled(event: TaskEvent, alert: Alert | None) -> bool:
    """Whether somebody said by link that it is not theirs after a colleague had accepted it elsewhere."""
    accepted = event.change is TaskChange.ACCEPTED
    return accepted and alert is not None and alert.answer == Said.DECLINED


def _told_by(alerts: Iterable[Alert]) -> list[str]:
    return list(dict.fromkeys(ref for alert in alerts for ref in alert.told))


def _new_alert(batch: Batch, id: UUID, kind: Kind, event: TaskEvent) -> Alert:
    return Alert(
        alert=id,
        reference=alert_reference(id),
        kind=kind,
        organisation=event.copy.organisation,
        desk=event.copy.desk,
        urgency=event.copy.urgency,
        began_at=event.copy.raised_at if event.change is TaskChange.RAISED else event.at,
        raised_at=batch.now,
        sealed=event.copy.sealed,
    )
