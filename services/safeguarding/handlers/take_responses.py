"""What organisations answer on their own topics: each gets a receipt."""

from collections.abc import Sequence

from services.safeguarding.domain.answers import Answer, Refused
from services.safeguarding.domain.wanted import Knowledge
from services.safeguarding.handlers.settle_answers import Given, Settled, settle_answers
from services.safeguarding.work import Cause
from shared.audit import Action, Entry, Way, record
from shared.bus.record import Record
from shared.bus.submissions import Intake, Submitted
from shared.bus.work import Work
from shared.contracts.protect import AnswerKind, ProtectResponse
from shared.contracts.receipts import Verdict

KIND_OF = {kind.type: kind for kind in AnswerKind}


async def take_responses(known: Knowledge, intake: Intake, work: Work, records: Sequence[Record]) -> None:
    """The topic proves which organisation speaks; it may answer its own tasks, and none that is sealed."""
    found = await intake.claim(work, [intake.read(record_) for record_ in records])
    settled = await settle_answers(known, work, [_given(one) for one in found.fresh])
    for one, result in zip(found.fresh, settled, strict=True):
        _receipt(intake, work, one, result)


def _receipt(intake: Intake, work: Work, one: Submitted, result: Settled) -> None:
    if isinstance(result.verdict, Refused):
        intake.receipt(work, one, Verdict.REJECTED, errors=[result.verdict.error])
        return
    assert result.task is not None
    intake.receipt(work, one, Verdict.ACCEPTED, subject=result.task.task)
    record(
        work,
        Entry(
            action=Action.COLLECTION,
            record_kind="protect_response",
            record_id=str(result.task.task),
            actor=one.organisation,
            organisation=one.organisation,
            way=Way.KAFKA,
        ),
    )


def _given(one: Submitted) -> Given:
    assert isinstance(one.data, ProtectResponse)
    assert one.type is not None
    answer = Answer(
        kind=KIND_OF[one.type],
        organisation=one.organisation,
        by=one.data.by,
        reason=one.data.reason,
        whose=getattr(one.data, "whose", None),
    )
    return Given(one.data.task, answer, Cause(one.event_id, one.organisation, one.organisation, Way.KAFKA))
