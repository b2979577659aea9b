"""Intelligence, lines, contacts and organisations: the facts that services keep copies of."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, model_validator

from shared.contracts.model import Code, Contract, DistrictCode, Mode, Moment, Ref, Short, Text

AUDIT_CHECKPOINT: Final = "uk.nclcc.audit.checkpoint.v1"
REPORT_SUBMITTED: Final = "uk.nclcc.intelligence-report.submitted.v1"
LINE_DECLARED: Final = "uk.nclcc.line.declared.v1"
LINE_CHANGED: Final = "uk.nclcc.intel.line-changed.v1"
REPORT_RECORDED: Final = "uk.nclcc.intel.report-recorded.v1"
CONTACT_CHANGED: Final = "uk.nclcc.notify.contact-changed.v1"
ORGANISATION_CHANGED: Final = "uk.nclcc.notify.organisation-changed.v1"


class AuditCheckpoint(Contract):
    """A signed window of one service's audit log: hashes in hexadecimal, the signature in base64."""

    service: Short
    number: int
    from_txid: int
    to_txid: int
    first_id: int | None = None
    last_id: int | None = None
    count: int
    root: str
    previous: str
    at: Moment
    key_id: str
    signature: str


class Grade(Contract):
    """A 3x5x2 grade: source, information, handling; action and sanitisation codes with handling C only."""

    source: Literal["1", "2", "3"]
    information: Literal["A", "B", "C", "D", "E"]
    handling: Literal["P", "C"]
    action: Literal["A1", "A2", "A3"] | None = None
    sanitisation: Literal["S1", "S2"] | None = None

    @model_validator(mode="after")
    def _conditions_belong_to_c(self) -> "Grade":
        if self.handling == "P" and (self.action or self.sanitisation):
            raise ValueError("action and sanitisation codes go with handling code C only")
        if self.handling == "C" and not (self.action and self.sanitisation):
            raise ValueError("handling code C needs an action code and a sanitisation code")
        return self


class IntelligenceItem(Contract):
    """One item of a report, graded on its own."""

    text: Text
    grade: Grade


class IntelligenceReport(Contract):
    """A 3x5x2 report. SECRET and above is refused and not stored."""

    urn: Ref
    scheme: Literal["3x5x2", "5x5x5"] = "3x5x2"
    original_grades: Annotated[list[Short], Field(max_length=200)] = []
    marking: Literal["OFFICIAL", "OFFICIAL-SENSITIVE"]
    date_of_intelligence: date
    created_at: Moment
    provenance: Text
    provenance_grade: Grade
    items: Annotated[list[IntelligenceItem], Field(min_length=1, max_length=200)]
    confidence: Literal["low", "medium", "high"] | None = None
    public_interest_immunity: bool = False
    line_id: UUID | None = None
    mode: Mode = Mode.LIVE

    @model_validator(mode="after")
    def _keeps_original_grades(self) -> "IntelligenceReport":
        if self.scheme == "5x5x5" and not self.original_grades:
            raise ValueError("a 5x5x5 report keeps its original_grades")
        return self


class Area(Contract):
    """A district where a line runs, and in which role."""

    district: DistrictCode
    role: Literal["exporting", "receiving", "internal"]


class LineDeclared(Contract):
    """A line as its force reports it. The number itself stays with the force: `line_id` stands for it."""

    line_id: UUID
    revision: Annotated[int, Field(ge=1, le=100_000)]
    name: Short | None = None
    areas: Annotated[list[Area], Field(min_length=1, max_length=100)]
    mode: Mode = Mode.LIVE


class LineChanged(Contract):
    """The register's entry of a line: its owner and where it runs."""

    line_id: UUID
    owner: Code
    version: int
    areas: list[Area]
    status: Literal["proposed", "offered", "adopted", "closed"] = "adopted"


class ReportRecorded(Contract):
    """A report was taken in: ids and handling only."""

    report: UUID
    organisation: Code
    urn: Ref
    handling: Literal["P", "C"]
    line_id: UUID | None = None
    at: Moment


class ContactChanged(Contract):
    """A contact that may be named for something sealed, and until when; no name and no address."""

    organisation: Code
    contact: Ref
    desk: Short
    named: bool
    version: int
    valid_until: Moment | None = None


class Enrolment(StrEnum):
    """How far an organisation takes part."""

    ENROLLED = "enrolled"
    SUSPENDED = "suspended"


class OrganisationChanged(Contract):
    """An organisation that takes part; `kafka` says whether it has topics of its own."""

    code: Code
    status: Enrolment
    kafka: bool
    version: int


INTEL_SUBMISSIONS: Final[dict[str, type[Contract]]] = {
    REPORT_SUBMITTED: IntelligenceReport,
    LINE_DECLARED: LineDeclared,
}
