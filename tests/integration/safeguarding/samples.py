"""Pursue actions as tasking tells them; all people are invented."""

from typing import Any
from uuid import UUID

from shared.kernel.ids import derive
from tests.unit.safeguarding.building import CHILD, FLAT, NORWICH, REPORTER, THANET

KEY = b"an-id-key-for-tests-of-32-letters!"
LINE = "9f3b2f6e-1111-4222-8333-444455556666"
PRE_BRIEF: dict[str, Any] = {
    "pre_brief": [{"organisation": "kent", "contact": "kent-dsl"}],
    "named_officer": "met-officer",
}
__all__ = ["CHILD", "FLAT", "KEY", "LINE", "NORWICH", "PRE_BRIEF", "THANET", "action", "force_id", "our_id"]


def force_id(number: int = 1) -> UUID:
    return UUID(int=number)


def our_id(number: int = 1, acting: str = "metropolitan") -> UUID:
    return derive(KEY, "pursue-action", acting, str(force_id(number)))


def action(number: int = 1, version: int = 1, *, status: str = "executed", **more: Any) -> dict[str, Any]:
    """The whole `data` of one version; `sealed`, `backfill` and fields of the details by name."""
    top = {name: more.pop(name) for name in ("sealed", "backfill") if name in more}
    details = {"urgency": "urgent", "places": [FLAT], "people": [CHILD], "reporter": REPORTER} | more
    return {
        "pursue_action": str(our_id(number)),
        "acting": "metropolitan",
        "action_id": str(force_id(number)),
        "version": version,
        "change": "executed" if status == "closed" else status,
        "status": status,
        "sealed": False,
        "released": False,
        "details": details,
        "occurred_at": "2026-11-20T18:00:00Z",
        "submission_id": f"s-{number}-{version}",
    } | top
