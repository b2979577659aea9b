"""The catalogue: every type of event, its model, the topics that it travels on, who may read it, and an example."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from shared.contracts import examples
from shared.contracts.alerts import ALERT_CHANGED, AlertChanged
from shared.contracts.envelope import Envelope, organisation_source, service_source
from shared.contracts.model import Contract
from shared.contracts.outward import InboxReceipt, InboxTask, NationalAction, NationalTask
from shared.contracts.protect import ANSWERED, RESPONSES, Answered, AnswerKind, ProtectTask, TaskChange
from shared.contracts.pursue import CHANGED, SUBMISSIONS, PursueActionChanged, Verb
from shared.contracts.receipts import NOTICE, RECEIPT, Notice, Receipt
from shared.contracts.registry import (
    AUDIT_CHECKPOINT,
    CONTACT_CHANGED,
    INTEL_SUBMISSIONS,
    LINE_CHANGED,
    LINE_DECLARED,
    ORGANISATION_CHANGED,
    REPORT_RECORDED,
    REPORT_SUBMITTED,
    AuditCheckpoint,
    ContactChanged,
    LineChanged,
    OrganisationChanged,
    ReportRecorded,
)
from shared.contracts.topics import (
    ALERTS_EVENTS,
    ANSWERS_EVENTS,
    AUDIT_CHECKPOINTS,
    CONTACTS_STATE,
    INBOX,
    INTEL,
    LINES_STATE,
    NATIONAL_PROTECT,
    NATIONAL_PURSUE,
    ORGANISATIONS_STATE,
    PROTECT_EVENTS,
    PROTECT_SEALED,
    PROTECT_URGENT,
    PURSUE,
    PURSUE_EVENTS,
    PURSUE_SEALED,
    PURSUE_URGENT,
    REPORTS_EVENTS,
    OrganisationTopic,
    notices_topic,
    receipts_topic,
)
from shared.contracts.topics import RESPONSES as RESPONSES_TOPIC

CENTRE_SOURCE: Final = "urn:nclcc:centre"
"""The `source` of all that the centre tells: which service said it is nobody's business outside."""
AT: Final = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)
"""When the examples happened."""


Model = type[Contract]


class Form(StrEnum):
    """Which envelope an event has: an organisation's own, the services', or that of an inbox and national stream."""

    SUBMISSION = "submission"
    INTERNAL = "internal"
    INBOX = "inbox"
    NATIONAL = "national"

    @property
    def suffix(self) -> str:
        """What tells an event's outward form from the internal one of the same type, in names of files."""
        return f".{self.value}" if self in (Form.INBOX, Form.NATIONAL) else ""


@dataclass(frozen=True, slots=True)
class Message:
    """One type of event in one form. `topics` are names; an organisation's own has `{code}` in it."""

    type: str
    model: Model
    topics: tuple[str, ...]
    form: Form
    about: str
    example: Mapping[str, Any]
    sender: str

    @property
    def name(self) -> str:
        """The stem of this message's files."""
        return f"{self.type}{self.form.suffix}"

    @property
    def audience(self) -> str:
        """Who may read the topics: services, the organisation whose topic it is, or who is cleared."""
        return {
            Form.SUBMISSION: "the organisation that sends it, and the service that takes it in",
            Form.INTERNAL: "services",
            Form.INBOX: "the organisation whose inbox it is",
            Form.NATIONAL: "principals cleared for the national streams",
        }[self.form]

    def event(self) -> Envelope:
        """The example as a whole event."""
        subject = str(next(iter(self.example.values())))
        common = Envelope(id=examples.RECEIPT, source=self.sender, type=self.type, time=AT, data=self.example)
        if self.form is Form.SUBMISSION:
            return common.replace(id="met-0002")
        if self.form is not Form.INTERNAL:
            return common.replace(sequence=41 if self.form is Form.INBOX else None)
        return common.replace(
            subject=subject,
            partitionkey=subject,
            correlationid="met-0002",
            causationid="met-0002",
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            handlingcode="P",
            audience="services",
            aggregateversion=2,
        )


_CODE: Final = "{code}"
_PURSUE_DATA: Final = {
    Verb.PROPOSED: examples.PROPOSED,
    Verb.AUTHORISED: examples.PROPOSED | {"revision": 2},
    Verb.EXECUTED: examples.EXECUTED,
    Verb.AMENDED: examples.PROPOSED | {"revision": 2},
    Verb.CANCELLED: examples.ENDED,
    Verb.CLOSED: examples.ENDED,
    Verb.RETRACTED: examples.RETRACTED,
}
_PURSUE_TOPICS: Final = (PURSUE_EVENTS, PURSUE_URGENT, PURSUE_SEALED)
_PROTECT_TOPICS: Final = (PROTECT_EVENTS, PROTECT_URGENT, PROTECT_SEALED)
_INBOX: Final = (INBOX.of(_CODE).name,)
_INTAKES: Final = ("intel", "tasking", "safeguarding")
_RECEIPTS: Final = tuple(receipts_topic(service) for service in _INTAKES)
_NOTICES: Final = tuple(notices_topic(service) for service in (*_INTAKES, "notify"))
_Row = tuple[str, Model, str, tuple[str, ...], str, Mapping[str, Any]]
_INTERNAL: Final[tuple[_Row, ...]] = (
    (CHANGED, PursueActionChanged, "tasking", _PURSUE_TOPICS, "The whole of a Pursue action", examples.CHANGE),
    (LINE_CHANGED, LineChanged, "intel", (LINES_STATE,), "A line of the register", examples.LINE_STATE),
    (REPORT_RECORDED, ReportRecorded, "intel", (REPORTS_EVENTS,), "A report was taken in", examples.REPORT_TAKEN),
    (ANSWERED, Answered, "notify", (ANSWERS_EVENTS,), "What a person answered", examples.ANSWER),
    (ALERT_CHANGED, AlertChanged, "notify", (ALERTS_EVENTS,), "The state of an alert", examples.ALERT_STATE),
    (CONTACT_CHANGED, ContactChanged, "notify", (CONTACTS_STATE,), "A contact to be named", examples.CONTACT_STATE),
    (
        ORGANISATION_CHANGED,
        OrganisationChanged,
        "notify",
        (ORGANISATIONS_STATE,),
        "How far an organisation takes part",
        examples.ORGANISATION_STATE,
    ),
    (RECEIPT, Receipt, "tasking", _RECEIPTS, "What became of a submission", examples.RECEIPT_GIVEN),
    (NOTICE, Notice, "tasking", _NOTICES, "What a person at the centre must look at", examples.NOTICE_GIVEN),
    (AUDIT_CHECKPOINT, AuditCheckpoint, "intel", (AUDIT_CHECKPOINTS,), "A window of the log", examples.CHECKPOINT),
)


def _submissions() -> Iterator[Message]:
    for verb, data in _PURSUE_DATA.items():
        yield _submitted(verb.type, SUBMISSIONS[verb.type], PURSUE, f"A Pursue action was {verb.value}", data)
    yield _submitted(REPORT_SUBMITTED, INTEL_SUBMISSIONS[REPORT_SUBMITTED], INTEL, "A 3x5x2 report", examples.REPORT)
    about = "A line, and the areas that it runs between"
    yield _submitted(LINE_DECLARED, INTEL_SUBMISSIONS[LINE_DECLARED], INTEL, about, examples.LINE_AS_DECLARED)
    for answer in AnswerKind:
        data = examples.DECLINE if answer is AnswerKind.DECLINED else examples.RESPONSE
        about = f"A Protect task was {answer.value}"
        yield _submitted(answer.type, RESPONSES[answer.type], RESPONSES_TOPIC, about, data, "la-kent")


def _submitted(
    type: str,
    model: Model,
    topic: OrganisationTopic,
    about: str,
    data: Mapping[str, Any],
    sender: str = "metropolitan",
) -> Message:
    return Message(type, model, (topic.of(_CODE).name,), Form.SUBMISSION, about, data, organisation_source(sender))


def _internal() -> Iterator[Message]:
    for type, model, sender, topics, about, data in _INTERNAL:
        yield Message(type, model, topics, Form.INTERNAL, about, data, service_source(sender))
    for change in TaskChange:
        data = examples.PROTECT | {"change": change.value}
        about, sender = f"The whole of a Protect task, {change.value}", service_source("safeguarding")
        yield Message(change.type, ProtectTask, _PROTECT_TOPICS, Form.INTERNAL, about, data, sender)


def _outward() -> Iterator[Message]:
    yield _told(RECEIPT, InboxReceipt, Form.INBOX, "What became of your submission", examples.RECEIPT_GIVEN)
    for change in TaskChange:
        if change is TaskChange.RELEASED:
            continue  # outside it looks like any other that is raised: nobody is told that something was hidden
        data = examples.PROTECT | {"change": change.value}
        yield _told(change.type, InboxTask, Form.INBOX, f"A Protect task, {change.value}", data)
        yield _told(change.type, NationalTask, Form.NATIONAL, f"A Protect task, {change.value}", data)
    for verb in Verb:
        data = examples.CHANGE | {"change": verb.value, "urgency": "urgent", "districts": ["E07000114"]}
        yield _told(verb.type, NationalAction, Form.NATIONAL, f"A Pursue action, {verb.value}", data)


def _told(type: str, model: Model, form: Form, about: str, whole: Mapping[str, Any]) -> Message:
    national = (NATIONAL_PURSUE,) if model is NationalAction else (NATIONAL_PROTECT,)
    shown = {name: whole[name] for name in model.model_fields}
    return Message(type, model, _INBOX if form is Form.INBOX else national, form, about, shown, CENTRE_SOURCE)


MESSAGES: Final[tuple[Message, ...]] = (*_submissions(), *_internal(), *_outward())


def messages_on(topic: str) -> list[Message]:
    """What travels on a topic, by its name or, for an organisation's own, its name with `{code}`."""
    return [message for message in MESSAGES if topic in message.topics]
