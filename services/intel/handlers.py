"""Takes in what organisations submit: reports into the record, declared lines into the register."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from services.intel import domain, events, repository
from services.intel.domain import Line
from services.intel.refusal import without_content
from shared.audit import Action, Entry, Way, record
from shared.bus.record import Record
from shared.bus.submissions import Intake, Submitted, mode_of
from shared.bus.work import Work
from shared.contracts.model import Contract, Mode
from shared.contracts.receipts import Receipt, Verdict
from shared.contracts.registry import INTEL_SUBMISSIONS, IntelligenceReport, LineDeclared
from shared.kernel.ids import derive
from shared.reference import Reference

SERVICE: Final = "intel"


class Submissions:
    """One batch of submissions, by Kafka or HTTP: gathered in a fixed number of statements, decided in order."""

    def __init__(
        self,
        id_key: bytes,
        reference: Reference,
        registry: Mapping[str, type[Contract]] = INTEL_SUBMISSIONS,
    ) -> None:
        self._id_key = id_key
        self._reference = reference
        self._intake = Intake(SERVICE, registry)

    async def take_messages(self, work: Work, records: Sequence[Record]) -> None:
        """The Kafka lane's handler."""
        read = [without_content(self._intake.read(record), record.value) for record in records]
        await self._take(work, read, Way.KAFKA, None)

    async def take_request(self, work: Work, organisation: str, raw: bytes, actor: str) -> Receipt | None:
        """One submission by HTTP; None if the same one is being taken in at this very moment."""
        one = without_content(self._intake.read_bytes(organisation, raw, work.now), raw)
        receipts = await self._take(work, [one], Way.API, actor)
        return receipts[-1] if receipts else None

    async def _take(self, work: Work, read: Sequence[Submitted], way: Way, actor: str | None) -> Sequence[Receipt]:
        found = await self._intake.claim(work, read)
        batch = _Batch(work, self._intake, self._id_key, self._reference, way, actor)
        await batch.gather(found.fresh)
        receipts = [batch.decide(one) for one in found.fresh]
        batch.record()
        return [*found.receipts, *receipts]


class _Batch:
    """The state of one batch while it is decided: a line declared twice in it is seen the second time as changed."""

    def __init__(
        self,
        work: Work,
        intake: Intake,
        id_key: bytes,
        reference: Reference,
        way: Way,
        actor: str | None,
    ) -> None:
        self._work = work
        self._intake = intake
        self._id_key = id_key
        self._reference = reference
        self._way = way
        self._actor = actor
        self._lines: dict[UUID, Line] = {}
        self._reports: set[UUID] = set()
        self._changed: dict[UUID, Line] = {}

    async def gather(self, fresh: Sequence[Submitted]) -> None:
        """Read what the batch needs to know, once."""
        if not fresh:
            return
        reports = [self._report_id(one, one.data) for one in fresh if isinstance(one.data, IntelligenceReport)]
        named = {getattr(one.data, "line_id", None) for one in fresh} - {None}
        facts = await repository.gather_facts(self._work, [line for line in named if line], reports)
        self._lines, self._reports = dict(facts.lines), set(facts.reports)

    def decide(self, one: Submitted) -> Receipt:
        """The receipt of one submission, its effect buffered."""
        if isinstance(one.data, IntelligenceReport):
            return self._decide_report(one, one.data)
        assert isinstance(one.data, LineDeclared)
        return self._decide_line(one, one.data)

    def record(self) -> None:
        """Buffer the lines as they are after the batch."""
        repository.record_lines(self._work, list(self._changed.values()))

    def _decide_report(self, one: Submitted, report: IntelligenceReport) -> Receipt:
        id = self._report_id(one, report)
        known = report.line_id is None or report.line_id in self._lines
        verdict = domain.decide_report(report, self._work.now, id in self._reports, known)
        return self._conclude(one, verdict, id, lambda: self._keep_report(one, report, id))

    def _decide_line(self, one: Submitted, declared: LineDeclared) -> Receipt:
        known = self._lines.get(declared.line_id)
        verdict = domain.decide_line(
            declared, one.organisation, known, self._may_own(one.organisation), self._is_district
        )
        return self._conclude(one, verdict, declared.line_id, lambda: self._keep_line(one, declared, known))

    def _conclude(self, one: Submitted, verdict: domain.Verdict, subject: UUID, keep: Callable[[], None]) -> Receipt:
        if verdict.errors:
            return self._intake.receipt(self._work, one, Verdict.REJECTED, errors=verdict.errors)
        if mode_of(one) is Mode.VALIDATE_ONLY:
            return self._intake.receipt(self._work, one, Verdict.VALID, warnings=verdict.warnings)
        keep()
        return self._intake.receipt(self._work, one, Verdict.ACCEPTED, warnings=verdict.warnings, subject=subject)

    def _keep_report(self, one: Submitted, report: IntelligenceReport, id: UUID) -> None:
        self._reports.add(id)
        repository.record_report(self._work, id, one.organisation, report, one.event_id)
        events.publish_report(self._work, self._id_key, one, report, id)
        self._log(one, Action.COLLECTION, "intelligence_report", id)

    def _keep_line(self, one: Submitted, declared: LineDeclared, known: Line | None) -> None:
        line = domain.changed_line(declared, one.organisation, known, one.event_id)
        self._lines[line.line_id] = self._changed[line.line_id] = line
        events.publish_line(self._work, self._id_key, one, line)
        self._log(one, Action.ALTERATION if known else Action.COLLECTION, "line", line.line_id)

    def _log(self, one: Submitted, action: Action, kind: str, id: UUID) -> None:
        entry = Entry(
            action=action,
            record_kind=kind,
            record_id=str(id),
            actor=self._actor or f"system:{one.organisation}",
            organisation=one.organisation,
            way=self._way,
            detail={"submission": one.event_id},
        )
        record(self._work, entry)

    def _report_id(self, one: Submitted, report: IntelligenceReport) -> UUID:
        return derive(self._id_key, "intelligence-report", one.organisation, report.urn)

    def _may_own(self, organisation: str) -> bool:
        found = self._reference.organisations.get(organisation)
        return found is not None and found.kind in domain.OWNING_KINDS

    def _is_district(self, code: str) -> bool:
        return self._reference.authority(code, self._work.now.date()) is not None
