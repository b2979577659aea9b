"""Takes a person's answer to an alert, by link or API, and passes it on to safeguarding."""

from typing import Literal
from uuid import UUID

from services.notify.domain import events
from services.notify.domain.answers import Counted, Refused, Said, decide_answer
from services.notify.domain.states import ACKNOWLEDGED, Alert, Kind
from services.notify.handlers.raise_alerts import keep
from services.notify.models import ANSWERS
from services.notify.repository.alerts import list_tasks
from services.notify.work import Batch
from shared.contracts.protect import Answered, TaskStatus
from shared.contracts.topics import ANSWERS_EVENTS
from shared.kernel.ids import derive


async def answer(
    batch: Batch,
    alert: Alert,
    said: Said,
    by: str,
    way: Literal["link", "api"],
    *,
    contact: str | None = None,
    reason: str | None = None,
) -> Counted | Refused:
    """Count an answer to an alert that is held by this transaction; safeguarding decides what it does to the tasks.

    An answer is the recipient's, whoever of its people (or of the centre's desk, for it) gives it.
    """
    tasks = await list_tasks(batch.work, alert.alert) if alert.kind is Kind.TASKS else []
    decided = decide_answer(alert, tasks, said, reason, way)
    if isinstance(decided, Refused):
        return decided
    alert.answer, alert.acknowledged_by = said.value, by
    alert.acknowledged_at = alert.acknowledged_at or batch.now
    alert.status, alert.next_deadline = ACKNOWLEDGED, None
    id = derive(batch.desk.key, "answer", str(alert.alert), said.value)
    row = {
        "answer": id,
        "alert": alert.alert,
        "kind": said.value,
        "by": by,
        "organisation": alert.organisation,
        "contact": contact,
        "reason": reason,
        "way": way,
        "at": batch.now,
    }
    batch.work.insert(ANSWERS, [row])
    for task in tasks:
        # what a colleague has accepted elsewhere stands: of that it is only said that it was seen
        if task.status == TaskStatus.RAISED or (said is Said.SEEN and not task.over):
            _publish(batch, alert, task.task, said, by, way, reason)
    keep(batch, [alert])
    return decided


def _publish(
    batch: Batch, alert: Alert, task: UUID, said: Said, by: str, way: Literal["link", "api"], reason: str | None
) -> None:
    answered = Answered(
        answer=derive(batch.desk.key, "answer", str(alert.alert), said.value, str(task)),
        task=task,
        organisation=alert.organisation,
        kind=said.kind,
        by=by,
        reason=reason,
        at=batch.now,
        way=way,
        alert=alert.alert,
    )
    batch.work.publish(ANSWERS_EVENTS, events.answered(answered), str(task))
