"""Reads and writes the service's tables; each function is one statement for a whole batch."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.intel.domain import Facts, Line, strictest_handling
from services.intel.models import LINES, REPORTS
from shared.bus.work import Work
from shared.contracts.model import Mode
from shared.contracts.registry import Area, IntelligenceReport
from shared.db import Conflict


async def gather_facts(work: Work, lines: Collection[UUID], reports: Collection[UUID]) -> Facts:
    """Hold the lines and reports of a batch until its end, and read what is known of them."""
    await work.lock([f"line/{line}" for line in lines] + [f"report/{report}" for report in reports])
    rows = await work.fetch(
        "SELECT line_id AS id, owner, revision, version, name, areas, submission FROM lines"
        " WHERE line_id = ANY($1::uuid[])"
        " UNION ALL SELECT report, NULL, NULL, NULL, NULL, NULL, NULL FROM reports WHERE report = ANY($2::uuid[])",
        list(lines),
        list(reports),
    )
    return Facts(
        lines={row.id: _line(row) for row in rows if row.owner is not None},
        reports={row.id for row in rows if row.owner is None},
    )


async def find_line(work: Work, line_id: UUID) -> Mapping[str, Any] | None:
    """The register's entry of a line."""
    rows = await work.fetch(
        "SELECT line_id, owner, revision, version, name, areas, status, changed_at FROM lines WHERE line_id = $1",
        line_id,
    )
    return dict(rows[0]) if rows else None


async def find_report(work: Work, report: UUID) -> Mapping[str, Any] | None:
    """A report as it was taken in."""
    rows = await work.fetch(
        "SELECT report, organisation, handling, backfill, content, recorded_at FROM reports WHERE report = $1",
        report,
    )
    return dict(rows[0]) if rows else None


def record_lines(work: Work, lines: Sequence[Line]) -> None:
    """Write the register's entries; never over a later version."""
    work.insert(
        LINES,
        [
            {
                "line_id": line.line_id,
                "owner": line.owner,
                "revision": line.revision,
                "version": line.version,
                "name": line.name,
                "areas": [area.model_dump(mode="json") for area in line.areas],
                "status": "adopted",
                "submission": line.submission,
                "changed_at": work.now,
            }
            for line in lines
        ],
        Conflict.NEWER,
    )


def record_report(work: Work, id: UUID, organisation: str, report: IntelligenceReport, submission: str) -> None:
    """Write one report."""
    row = {
        "report": id,
        "organisation": organisation,
        "urn": report.urn,
        "scheme": report.scheme,
        "marking": report.marking,
        "handling": strictest_handling(report),
        "date_of_intelligence": report.date_of_intelligence,
        "line_id": report.line_id,
        "backfill": report.mode is Mode.BACKFILL,
        "content": report.model_dump(mode="json", exclude={"mode"}),
        "submission": submission,
        "recorded_at": work.now,
    }
    work.insert(REPORTS, [row])


def _line(row: Any) -> Line:
    areas = tuple(Area.model_validate(area) for area in row.areas)
    return Line(row.id, row.owner, row.revision, row.version, row.name, areas, row.submission)
