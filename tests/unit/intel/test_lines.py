"""What becomes of the register when a line is declared."""

from typing import Any

import pytest

from services.intel.domain import Line, changed_line, decide_line
from shared.contracts.model import parse
from shared.contracts.registry import LineDeclared
from tests.unit.intel.samples import line_data


def declared(**changes: Any) -> LineDeclared:
    return parse(LineDeclared, line_data(**changes))


def known(owner: str = "metropolitan", revision: int = 3) -> Line:
    first = changed_line(declared(revision=revision), owner, None, "e-1")
    return first


class TestDecision:
    @pytest.mark.parametrize(
        ("known_line", "revision", "organisation", "may_own", "expected"),
        [
            (None, 1, "metropolitan", True, None),
            (None, 7, "metropolitan", True, None),
            (known(), 4, "metropolitan", True, None),
            (known(), 9, "metropolitan", True, None),
            (known(), 3, "metropolitan", True, ("data.revision", "stale")),
            (known(), 2, "metropolitan", True, ("data.revision", "stale")),
            (known(), 4, "kent", True, ("data.line_id", "owner")),
            (None, 1, "la-kent", False, ("source", "may_own_lines")),
        ],
    )
    def test_who_and_when(
        self,
        known_line: Line | None,
        revision: int,
        organisation: str,
        may_own: bool,
        expected: tuple[str, str] | None,
    ) -> None:
        verdict = decide_line(declared(revision=revision), organisation, known_line, may_own, lambda code: True)
        assert [(error.field, error.rule) for error in verdict.errors] == ([expected] if expected else [])

    def test_an_unknown_district_is_a_warning(self) -> None:
        verdict = decide_line(declared(), "metropolitan", None, True, lambda code: code != "E07000114")
        assert (verdict.errors, verdict.warnings) == ((), ("data.areas[1].district: district_unknown",))

    def test_the_other_owner_is_not_named(self) -> None:
        verdict = decide_line(declared(), "kent", known(), True, lambda code: True)
        assert "metropolitan" not in str(verdict)


class TestChange:
    def test_the_first_declaration(self) -> None:
        line = changed_line(declared(revision=5), "metropolitan", None, "e-1")
        assert (line.owner, line.revision, line.version) == ("metropolitan", 5, 1)

    def test_a_later_one_replaces_areas_and_keeps_the_owner(self) -> None:
        areas = [{"district": "E07000148", "role": "receiving"}] * 2
        line = changed_line(declared(revision=6, areas=areas), "metropolitan", known(), "e-2")
        assert (line.owner, line.revision, line.version, line.submission) == ("metropolitan", 6, 2, "e-2")
        assert [area.district for area in line.areas] == ["E07000148"]
