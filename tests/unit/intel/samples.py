"""Reports and lines to start from; invented throughout."""

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)
LINE = "0b4a7c52-6f0e-4f6e-9d0b-3a5d1c2e7f10"


def grade(handling: str = "P", **more: str) -> dict[str, str]:
    conditions = {"action": "A1", "sanitisation": "S2"} if handling == "C" else {}
    return {"source": "1", "information": "A", "handling": handling, **conditions, **more}


def report_data(**changes: Any) -> dict[str, Any]:
    return {
        "urn": "KENT-2026-000123",
        "marking": "OFFICIAL-SENSITIVE",
        "date_of_intelligence": "2026-11-19",
        "created_at": "2026-11-20T09:00:00Z",
        "provenance": "a regular contact of the reporting officer",
        "provenance_grade": grade(),
        "items": [{"text": "a young person is seen at the address each evening", "grade": grade()}],
        **changes,
    }


def line_data(**changes: Any) -> dict[str, Any]:
    return {
        "line_id": LINE,
        "revision": 1,
        "name": "an invented name",
        "areas": [
            {"district": "E09000007", "role": "exporting"},
            {"district": "E07000114", "role": "receiving"},
        ],
        **changes,
    }
