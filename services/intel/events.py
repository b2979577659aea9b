"""What intel says: the one place where a report or a line becomes an event."""

from uuid import UUID

from services.intel.domain import Line, strictest_handling
from shared.bus.submissions import Submitted
from shared.bus.work import Work
from shared.contracts.envelope import Envelope, service_source
from shared.contracts.registry import (
    LINE_CHANGED,
    REPORT_RECORDED,
    IntelligenceReport,
    LineChanged,
    ReportRecorded,
)
from shared.contracts.topics import LINES_STATE, REPORTS_EVENTS
from shared.kernel.ids import derive

_SOURCE = service_source("intel")


def publish_line(work: Work, id_key: bytes, cause: Submitted, line: Line) -> None:
    """The line's whole state, keyed by its id, so that the compacted topic is the register."""
    key = str(line.line_id)
    data = LineChanged(line_id=line.line_id, owner=line.owner, version=line.version, areas=list(line.areas))
    event = Envelope(
        id=str(derive(id_key, LINE_CHANGED, key, str(line.version))),
        source=_SOURCE,
        type=LINE_CHANGED,
        time=work.now,
        data=data.model_dump(mode="json"),
        subject=key,
        partitionkey=key,
        correlationid=_correlation(cause),
        causationid=cause.event_id,
        audience="services",
        aggregateversion=line.version,
    )
    work.publish(LINES_STATE, event, key)


def publish_report(work: Work, id_key: bytes, cause: Submitted, report: IntelligenceReport, id: UUID) -> None:
    """That a report was taken in: ids and handling, never its text."""
    key = str(id)
    handling = strictest_handling(report)
    data = ReportRecorded(
        report=id,
        organisation=cause.organisation,
        urn=report.urn,
        handling=handling,
        line_id=report.line_id,
        at=work.now,
    )
    event = Envelope(
        id=str(derive(id_key, REPORT_RECORDED, key, "1")),
        source=_SOURCE,
        type=REPORT_RECORDED,
        time=work.now,
        data=data.model_dump(mode="json"),
        subject=key,
        partitionkey=key,
        correlationid=_correlation(cause),
        causationid=cause.event_id,
        handlingcode=handling,
        audience="services",
        aggregateversion=1,
    )
    work.publish(REPORTS_EVENTS, event, key)


def _correlation(cause: Submitted) -> str:
    return (cause.event.correlationid if cause.event else None) or cause.event_id
