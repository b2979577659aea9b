"""Reports and lines from an organisation's topic into the record, the register and the topics."""

from typing import Any

import pytest

from shared.contracts.registry import LINE_DECLARED, REPORT_SUBMITTED, LineChanged, ReportRecorded
from tests.integration.intel.conftest import Service, submission
from tests.unit.intel.samples import LINE, grade, line_data, report_data

LINES = "intel.lines.state.v1"
REPORTS = "intel.reports.events.v1"


def declare(id: str = "e-1", organisation: str = "metropolitan", **changes: Any) -> bytes:
    return submission(LINE_DECLARED, line_data(**changes), id, organisation)


def report(id: str = "r-1", organisation: str = "metropolitan", **changes: Any) -> bytes:
    return submission(REPORT_SUBMITTED, report_data(**changes), id, organisation)


class TestLines:
    async def test_a_declared_line_is_registered_and_told(self, service: Service) -> None:
        await service.take(declare())
        (line,) = await service.rows("SELECT * FROM lines")
        assert (str(line.line_id), line.owner, line.revision, line.version) == (LINE, "metropolitan", 1, 1)
        (event,) = await service.sent(LINES)
        told = LineChanged.model_validate(event["data"])
        assert (told.owner, told.version, len(told.areas)) == ("metropolitan", 1, 2)
        assert (event["subject"], event["partitionkey"], event["aggregateversion"]) == (LINE, LINE, 1)
        assert event["causationid"] == "e-1"

    async def test_the_topic_is_keyed_by_the_line(self, service: Service) -> None:
        await service.take(declare())
        (row,) = await service.rows(f"SELECT aggregateid FROM outbox WHERE aggregatetype = '{LINES}'")
        assert row.aggregateid == LINE

    async def test_the_name_stays_with_its_force(self, service: Service) -> None:
        await service.take(declare())
        (event,) = await service.sent(LINES)
        assert "an invented name" not in str(event)

    async def test_two_revisions_in_one_batch(self, service: Service) -> None:
        await service.take(declare(), declare("e-2", revision=2, name="second"))
        (line,) = await service.rows("SELECT revision, version, name FROM lines")
        assert tuple(line) == (2, 2, "second")
        assert [event["aggregateversion"] for event in await service.sent(LINES)] == [1, 2]

    async def test_a_stale_revision_changes_nothing(self, service: Service) -> None:
        await service.take(declare(revision=3))
        await service.take(declare("e-2", revision=2, name="older"))
        receipts = await service.receipts()
        assert [receipt["verdict"] for receipt in receipts] == ["accepted", "rejected"]
        assert receipts[1]["errors"][0]["field"] == "data.revision"
        assert receipts[1]["errors"][0]["rule"] == "stale"
        assert len(await service.sent(LINES)) == 1

    async def test_another_force_cannot_take_a_line(self, service: Service) -> None:
        await service.take(declare())
        await service.take(declare("e-9", "kent", revision=2), organisation="kent")
        assert (await service.receipts())[1]["errors"][0]["rule"] == "owner"
        assert [row.owner for row in await service.rows("SELECT owner FROM lines")] == ["metropolitan"]

    async def test_an_authority_owns_no_line(self, service: Service) -> None:
        await service.take(declare("e-1", "la-kent"), organisation="la-kent")
        assert (await service.receipts())[0]["errors"][0]["rule"] == "may_own_lines"

    async def test_an_unknown_district_is_a_warning(self, service: Service) -> None:
        await service.take(declare(areas=[{"district": "E07999999", "role": "receiving"}]))
        (receipt,) = await service.receipts()
        assert (receipt["verdict"], receipt["subject"]) == ("accepted", LINE)
        assert receipt["warnings"] == ["data.areas[0].district: district_unknown"]

    async def test_validate_only_leaves_nothing_but_the_receipt(self, service: Service) -> None:
        await service.take(declare(mode="validate_only"), report(mode="validate_only"))
        assert [receipt["verdict"] for receipt in await service.receipts()] == ["valid", "valid"]
        assert not await service.rows("SELECT 1 FROM lines UNION ALL SELECT 1 FROM reports")
        assert not await service.sent(LINES)
        assert not await service.rows("SELECT 1 FROM audit_log")


class TestReports:
    async def test_a_report_is_kept_whole_and_told_by_its_ids(self, service: Service) -> None:
        await service.take(declare(), report(line_id=LINE, items=[{"text": "seen", "grade": grade("C")}]))
        (row,) = await service.rows("SELECT * FROM reports")
        assert (row.organisation, row.urn, row.handling, row.backfill) == (
            "metropolitan",
            "KENT-2026-000123",
            "C",
            False,
        )
        assert row.content["items"][0]["grade"]["sanitisation"] == "S2"
        (event,) = await service.sent(REPORTS)
        told = ReportRecorded.model_validate(event["data"])
        assert (told.report, str(told.line_id), event["handlingcode"]) == (row.report, LINE, "C")
        assert "seen" not in str(event)

    async def test_an_unknown_line_is_a_warning(self, service: Service) -> None:
        await service.take(report(line_id=LINE))
        (receipt,) = await service.receipts()
        assert (receipt["verdict"], receipt["warnings"]) == ("accepted", ["data.line_id: line_unknown"])

    async def test_a_urn_is_used_once_by_a_force(self, service: Service) -> None:
        await service.take(report(), report("r-2", provenance="another"))
        await service.take(report("r-3"))
        await service.take(report("r-4", "kent"), organisation="kent")
        verdicts = [receipt["verdict"] for receipt in await service.receipts()]
        assert verdicts == ["accepted", "rejected", "rejected", "accepted"]

    async def test_backfill_is_recorded_as_such(self, service: Service) -> None:
        await service.take(report(mode="backfill"))
        assert [row.backfill for row in await service.rows("SELECT backfill FROM reports")] == [True]

    async def test_the_same_event_again(self, service: Service) -> None:
        await service.take(report())
        await service.take(report())
        receipts = await service.receipts()
        assert [receipt["repeat"] for receipt in receipts] == [False, True]
        assert len(await service.rows("SELECT 1 FROM reports")) == 1

    async def test_what_happened_stands_in_the_audit_log(self, service: Service) -> None:
        await service.take(declare(), report(), declare("e-2", revision=2), declare("e-3", revision=1))
        rows = await service.rows("SELECT action, record_kind, actor, organisation, way FROM audit_log ORDER BY id")
        assert [tuple(row) for row in rows] == [
            ("collection", "line", "system:metropolitan", "metropolitan", "kafka"),
            ("collection", "intelligence_report", "system:metropolitan", "metropolitan", "kafka"),
            ("alteration", "line", "system:metropolitan", "metropolitan", "kafka"),
        ]


class TestRefusal:
    @pytest.mark.parametrize("marking", ["SECRET", "TOP SECRET", "UK SECRET STRAP2", "CONFIDENTIAL"])
    async def test_nothing_of_it_is_stored(self, service: Service, marking: str) -> None:
        canary = "CANARY-77aa"
        secret = report(
            "s-1",
            marking=marking,
            urn=canary,
            provenance=canary,
            items=[{"text": canary, "grade": grade()}],
            **{canary: canary},
        )
        await service.take(report(), secret)
        receipts = await service.receipts()
        assert [receipt["verdict"] for receipt in receipts] == ["rejected", "accepted"]
        assert receipts[0]["event_id"] == "s-1"
        assert [error["rule"] for error in receipts[0]["errors"]] == ["marking_refused"]
        held = await service.everything()
        assert canary not in held
        assert marking not in held.replace("SECRET and above is refused here", "")
        (row,) = await service.rows("SELECT body_hash FROM submissions WHERE event_id = 's-1'")
        assert row.body_hash == "refused"

    async def test_the_same_refused_event_gets_the_first_receipt_again(self, service: Service) -> None:
        await service.take(report(marking="SECRET"))
        await service.take(report(marking="SECRET", provenance="changed"))
        receipts = await service.receipts()
        assert [receipt["receipt"] for receipt in receipts] == [receipts[0]["receipt"]] * 2
        assert receipts[1]["repeat"] is True


class TestCost:
    async def test_a_batch_costs_the_same_whatever_its_size(self, service: Service) -> None:
        one = await service.take(declare(), report())
        many = [
            message
            for n in range(100)
            for message in (
                declare(f"l-{n}", line_id=f"0b4a7c52-6f0e-4f6e-9d0b-{n:012d}"),
                report(f"p-{n}", urn=f"URN-{n}", line_id=f"0b4a7c52-6f0e-4f6e-9d0b-{n:012d}"),
            )
        ]
        assert await service.take(*many) == one <= 6

    async def test_bad_ones_among_them_do_not_hold_the_others(self, service: Service) -> None:
        await service.take(b"no json", b"[]", declare("x-1", "kent"), report(), b"{}", report("r-2", urn="spaces here"))
        verdicts = [receipt["verdict"] for receipt in await service.receipts()]
        assert sorted(verdicts) == ["accepted", *["rejected"] * 5]

    async def test_what_a_database_cannot_hold_is_the_senders_fault(self, service: Service) -> None:
        head = submission("x", {})[:-3]
        deep = head + b'{"a":' * 900 + b"1" + b"}" * 901
        await service.take(report(provenance="a\x00b"), deep, declare("n", name="\x00"))
        assert {receipt["verdict"] for receipt in await service.receipts()} == {"rejected"}
