"""The audit log takes ids and codes, and nothing that could be what a record says."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from shared.audit import AUDIT_LOG, Action, Entry, Way, record
from shared.db import Conflict

NOW = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)


def entry(**changed: Any) -> Entry:
    given: dict[str, Any] = {
        "action": Action.DISCLOSURE,
        "record_kind": "protect_task",
        "record_id": "0b9c",
        "actor": "svc-notify",
        "organisation": "nclcc",
        "way": Way.KAFKA,
    }
    return Entry(**(given | changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"actor": "A. Officer"},
        {"actor": ""},
        {"record_id": "x" * 201},
        {"record_kind": "a child"},
        {"organisation": "kent\n"},
        {"purpose": "because of the child"},
        {"recipients": ("la-kent", "the mother")},
        {"detail": {"note": "was found at home"}},
        {"detail": {"a note": 1}},
        {"detail": {"versions": [1, "two words"]}},
        {"detail": {"deep": {"deeper": "é"}}},
        {"detail": {"share": 0.5}},
        {"detail": {"too-large": 2**53}},
    ],
)
def test_prose_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="audit entry"):
        entry(**changed)


def test_a_refusal_quotes_nothing() -> None:
    with pytest.raises(ValueError, match="audit entry") as caught:
        entry(actor="two CANARY")
    assert "CANARY" not in str(caught.value)


def test_ids_and_codes_are_taken() -> None:
    assert entry(
        recipients=("la-kent", "kent/safeguarding"),
        purpose="safeguarding",
        detail={"version": 3, "fields": ["date_of_birth"], "first": True, "none": None},
    )


class Recording:
    """A transaction that keeps what is inserted."""

    now = NOW

    def __init__(self) -> None:
        self.inserted: list[tuple[sa.Table, list[dict[str, Any]]]] = []

    def insert(self, table: sa.Table, rows: Any, conflict: Conflict = Conflict.RAISE) -> None:
        self.inserted.append((table, list(rows)))


def test_entries_of_one_call_go_in_together() -> None:
    work = Recording()
    record(work, entry(recipients=("b", "a", "b")), entry(action=Action.ERASURE, detail={"reason": "review"}))
    [(table, rows)] = work.inserted
    assert table is AUDIT_LOG
    assert rows[0] == {
        "at": NOW,
        "action": "disclosure",
        "record_kind": "protect_task",
        "record_id": "0b9c",
        "actor": "svc-notify",
        "organisation": "nclcc",
        "recipients": ["a", "b"],
        "way": "kafka",
        "purpose": None,
        "detail": None,
    }
    assert rows[1]["detail"] == {"reason": "review"}
    assert rows[0].keys() == rows[1].keys()
