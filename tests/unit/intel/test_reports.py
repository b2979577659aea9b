"""What is taken in as a 3x5x2 report, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from services.intel.domain import decide_report, strictest_handling
from shared.contracts.model import parse
from shared.contracts.registry import IntelligenceReport
from shared.kernel.errors import Rejected
from tests.unit.intel.samples import NOW, grade, report_data


def report(**changes: Any) -> IntelligenceReport:
    return parse(IntelligenceReport, report_data(**changes))


def refused(**changes: Any) -> set[tuple[str, str]]:
    with pytest.raises(Rejected) as raised:
        report(**changes)
    return {(error.field, error.rule) for error in raised.value.errors}


def item(**changes: str) -> list[dict[str, Any]]:
    return [{"text": "seen", "grade": grade(**changes)}]


class TestForm:
    @pytest.mark.parametrize("source", ["1", "2", "3"])
    @pytest.mark.parametrize("information", ["A", "B", "C", "D", "E"])
    def test_every_grade_of_3x5(self, source: str, information: str) -> None:
        assert report(items=item(source=source, information=information))

    @pytest.mark.parametrize("action", ["A1", "A2", "A3"])
    @pytest.mark.parametrize("sanitisation", ["S1", "S2"])
    def test_every_condition_of_handling_c(self, action: str, sanitisation: str) -> None:
        assert report(items=item(handling="C", action=action, sanitisation=sanitisation))

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"source": "4"}, "source"),
            ({"source": "E"}, "source"),
            ({"information": "F"}, "information"),
            ({"handling": "1"}, "handling"),
            ({"handling": "C", "action": "A4"}, "action"),
            ({"handling": "C", "sanitisation": "S3"}, "sanitisation"),
        ],
    )
    def test_an_unknown_code_is_named(self, changes: dict[str, str], field: str) -> None:
        assert refused(items=item(**changes)) == {(f"data.items[0].grade.{field}", "literal_error")}

    def test_conditions_without_handling_c(self) -> None:
        assert refused(items=item(action="A1")) == {("data.items[0].grade", "value_error")}

    def test_handling_c_without_conditions(self) -> None:
        bare = {"source": "1", "information": "A", "handling": "C"}
        assert refused(provenance_grade=bare) == {("data.provenance_grade", "value_error")}

    def test_5x5x5_keeps_its_grades(self) -> None:
        assert refused(scheme="5x5x5") == {("data", "value_error")}
        assert report(scheme="5x5x5", original_grades=["B 2 4"]).original_grades == ["B 2 4"]

    @pytest.mark.parametrize(
        "missing",
        ["urn", "marking", "date_of_intelligence", "created_at", "provenance", "provenance_grade", "items"],
    )
    def test_every_required_field_is_named(self, missing: str) -> None:
        data = report_data()
        del data[missing]
        with pytest.raises(Rejected) as raised:
            parse(IntelligenceReport, data)
        assert [(error.field, error.rule) for error in raised.value.errors] == [(f"data.{missing}", "missing")]

    def test_an_unknown_field_is_named(self) -> None:
        assert refused(colour="blue") == {("data.colour", "extra_forbidden")}

    def test_a_report_without_items(self) -> None:
        assert refused(items=[]) == {("data.items", "too_short")}


class TestDecision:
    def test_taken_in(self) -> None:
        verdict = decide_report(report(), NOW, taken=False, line_known=True)
        assert (verdict.errors, verdict.warnings) == ((), ())

    def test_an_unknown_line_is_a_warning(self) -> None:
        verdict = decide_report(report(), NOW, taken=False, line_known=False)
        assert (verdict.errors, verdict.warnings) == ((), ("data.line_id: line_unknown",))

    @pytest.mark.parametrize(
        ("changes", "taken", "expected"),
        [
            ({}, True, ("data.urn", "unused")),
            ({"created_at": "2026-11-20T18:09:00Z"}, False, ("data.created_at", "not_future")),
            (
                {"date_of_intelligence": "2026-11-22"},
                False,
                ("data.date_of_intelligence", "not_after_creation"),
            ),
        ],
    )
    def test_refused(self, changes: dict[str, str], taken: bool, expected: tuple[str, str]) -> None:
        verdict = decide_report(report(**changes), NOW, taken, line_known=True)
        assert [(error.field, error.rule) for error in verdict.errors] == [expected]

    def test_a_clock_that_runs_a_little_ahead(self) -> None:
        soon = (NOW + timedelta(minutes=4)).isoformat()
        assert not decide_report(report(created_at=soon), NOW, taken=False, line_known=True).errors


class TestHandling:
    def test_all_p(self) -> None:
        assert strictest_handling(report()) == "P"

    @pytest.mark.parametrize("where", ["item", "provenance"])
    def test_one_c_is_enough(self, where: str) -> None:
        two = [*item(), *item(handling="C")]
        changes: dict[str, Any] = {"items": two} if where == "item" else {"provenance_grade": grade("C")}
        assert strictest_handling(report(**changes)) == "C"
