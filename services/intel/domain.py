"""What intel decides: whether a report or a line is taken in, and what becomes of the register."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from shared.contracts.registry import Area, Grade, IntelligenceReport, LineDeclared
from shared.kernel.errors import FieldError
from shared.reference import Kind

MARKINGS: Final = ("OFFICIAL", "OFFICIAL-SENSITIVE")
"""What may be held here (Government Security Classifications); SECRET and above is refused and not stored."""
OWNING_KINDS: Final = (Kind.FORCE, Kind.ROCU, Kind.NATIONAL_AGENCY)
"""Who may own a line: those who can arrest its holder."""
CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a sender's clock may run ahead of ours."""

_MARKING_FIELDS: Final = frozenset({"marking", "classification", "protective_marking", "security_marking"})
_NO_LETTER: Final = re.compile(r"[^A-Z]")

Handling = Literal["P", "C"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line in the register."""

    line_id: UUID
    owner: str
    revision: int
    version: int
    name: str | None
    areas: tuple[Area, ...]
    submission: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known before a batch is decided: the lines that it names, the reports that are there already."""

    lines: Mapping[UUID, Line]
    reports: Collection[UUID]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of checking one submission: errors refuse it, warnings go with its receipt."""

    errors: tuple[FieldError, ...] = ()
    warnings: tuple[str, ...] = ()


def find_refusal(data: Any) -> FieldError | None:
    """Why nothing at all of a submission may be kept: a marking above what this system holds, or an unknown one.

    Looks at every depth, and at fields that are no part of the contract, before anything else is read.
    """
    for path, name, value in _markings(data, "data"):
        if "SECRET" in _NO_LETTER.sub("", str(value).upper()):
            return FieldError(path, "marking_refused", "SECRET and above is refused here; nothing of it was stored")
        if name == "marking" and value not in MARKINGS:
            return FieldError(
                path,
                "marking_refused",
                "must be OFFICIAL or OFFICIAL-SENSITIVE; nothing of this was stored",
            )
    return None


def _markings(root: Any, at: str) -> Iterator[tuple[str, str, Any]]:
    """Each field named like a marking: its path, its name, its value. A loop, because depth is the sender's choice."""
    waiting = [(at, root)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            for name, part in value.items():
                if name.lower() in _MARKING_FIELDS:
                    yield f"{path}.{name}", name.lower(), part
                elif isinstance(part, dict | list):
                    waiting.append((f"{path}.{name[:80]}", part))
        elif isinstance(value, list):
            waiting.extend((f"{path}[{i}]", part) for i, part in enumerate(value))


def strictest_handling(report: IntelligenceReport) -> Handling:
    """C (conditions) if the provenance or any item has it, else P: what is derived inherits the strictest."""
    return "C" if any(grade.handling == "C" for grade in _grades(report)) else "P"


def _grades(report: IntelligenceReport) -> Iterator[Grade]:
    yield report.provenance_grade
    for item in report.items:
        yield item.grade


def decide_report(report: IntelligenceReport, now: datetime, taken: bool, line_known: bool) -> Verdict:
    """Whether a well-formed report is taken in. `taken`: its force has used this URN before."""
    errors = []
    if taken:
        errors.append(FieldError("data.urn", "unused", "a report with this URN was taken in before"))
    if report.created_at > now + CLOCK_SKEW:
        errors.append(FieldError("data.created_at", "not_future", "must not lie in the future"))
    if report.date_of_intelligence > (report.created_at + timedelta(days=1)).date():
        errors.append(FieldError("data.date_of_intelligence", "not_after_creation", "must not be after created_at"))
    return Verdict(tuple(errors), () if line_known else ("data.line_id: line_unknown",))


def decide_line(
    declared: LineDeclared,
    organisation: str,
    known: Line | None,
    may_own: bool,
    is_district: Callable[[str], bool],
) -> Verdict:
    """Whether a declaration changes the register: only the owner's, and only one that is newer than the last."""
    if not may_own:
        return _no("source", "may_own_lines", "a line is owned by a force, a regional unit or an agency")
    if known is not None and known.owner != organisation:
        return _no("data.line_id", "owner", "this line is another organisation's")
    if known is not None and declared.revision <= known.revision:
        return _no("data.revision", "stale", f"revision {known.revision} was taken in before")
    unknown = [i for i, area in enumerate(declared.areas) if not is_district(area.district)]
    return Verdict((), tuple(f"data.areas[{i}].district: district_unknown" for i in unknown))


def changed_line(declared: LineDeclared, organisation: str, known: Line | None, submission: str) -> Line:
    """The register's entry after a declaration that was taken in."""
    line = known or Line(declared.line_id, organisation, 0, 0, None, (), submission)
    return replace(
        line,
        revision=declared.revision,
        version=line.version + 1,
        name=declared.name,
        areas=tuple(dict.fromkeys(declared.areas)),
        submission=submission,
    )


def _no(field: str, rule: str, message: str) -> Verdict:
    return Verdict((FieldError(field, rule, message),))
