"""What is marked above OFFICIAL is emptied before anything can keep it."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from services.intel.domain import find_refusal
from services.intel.refusal import REFUSED_BODY, without_content
from shared.bus.submissions import Intake
from shared.contracts.registry import INTEL_SUBMISSIONS, REPORT_SUBMITTED
from tests.unit.intel.samples import report_data

NOW = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)
INTAKE = Intake("intel", INTEL_SUBMISSIONS)
CANARY = "CANARY-5f1c"


def raw(**changes: Any) -> bytes:
    event = {
        "specversion": "1.0",
        "id": "a-1",
        "source": "urn:nclcc:org:kent",
        "type": REPORT_SUBMITTED,
        "time": NOW.isoformat(),
        "data": report_data(provenance=CANARY),
    }
    return orjson.dumps({**event, **changes})


class TestMarkings:
    @pytest.mark.parametrize(
        "marking",
        [
            "SECRET",
            "secret",
            "TOP SECRET",
            "TOP-SECRET",
            "UK SECRET",
            "TopSecret STRAP2",
            " Secret ",
            "S E C R E T",
            ["SECRET"],
            {"level": "SECRET"},
            "CONFIDENTIAL",
            "RESTRICTED",
            "official",
            "",
            None,
            3,
        ],
    )
    def test_refused(self, marking: Any) -> None:
        found = find_refusal({"marking": marking})
        assert found is not None
        assert (found.field, found.rule) == ("data.marking", "marking_refused")

    @pytest.mark.parametrize("marking", ["OFFICIAL", "OFFICIAL-SENSITIVE"])
    def test_taken(self, marking: str) -> None:
        assert find_refusal({"marking": marking}) is None

    def test_secret_is_told_clearly(self) -> None:
        found = find_refusal({"marking": "SECRET"})
        assert found is not None
        assert found.message == "SECRET and above is refused here; nothing of it was stored"

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({"items": [{}, {"marking": "SECRET"}]}, "data.items[1].marking"),
            ({"classification": "Top Secret"}, "data.classification"),
            ({"a": {"b": [[{"Protective_Marking": "secret"}]]}}, "data.a.b[0][0].Protective_Marking"),
        ],
    )
    def test_at_any_depth(self, data: dict[str, Any], field: str) -> None:
        found = find_refusal(data)
        assert found is not None
        assert found.field == field

    def test_depth_is_no_danger(self) -> None:
        deep: Any = {"marking": "SECRET"}
        for _ in range(5000):
            deep = {"a": deep}
        assert find_refusal(deep) is not None

    @pytest.mark.parametrize("data", [None, 1, "SECRET", [], {}, {"text": "SECRET"}])
    def test_no_marking(self, data: Any) -> None:
        assert find_refusal(data) is None


class TestEmptying:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"type": "nobody.knows." + CANARY},
            {"source": "urn:nclcc:org:essex"},
            {"time": "never"},
            {"id": None},
            {"specversion": "0.3"},
        ],
    )
    def test_nothing_is_left(self, changes: dict[str, Any]) -> None:
        bytes_ = raw(data=report_data(marking="SECRET", provenance=CANARY, urn=CANARY), **changes)
        empty = without_content(INTAKE.read_bytes("kent", bytes_, NOW), bytes_)
        assert [error.rule for error in empty.errors] == ["marking_refused"]
        assert CANARY not in repr(empty)
        assert empty.body_hash == REFUSED_BODY
        assert empty.data is None

    def test_the_hash_of_a_body_without_an_id_is_not_kept_as_its_id(self) -> None:
        bytes_ = raw(id="", data=report_data(marking="SECRET"))
        read = INTAKE.read_bytes("kent", bytes_, NOW)
        assert without_content(read, bytes_).event_id != read.event_id

    def test_anything_else_is_left_as_it_is(self) -> None:
        read = INTAKE.read_bytes("kent", raw(), NOW)
        assert without_content(read, raw()) is read
        assert read.data is not None
        nothing = INTAKE.read_bytes("kent", b"no json", NOW)
        assert without_content(nothing, b"no json") is nothing
