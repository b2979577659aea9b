"""Copies of facts: the newest version stays, whatever the order, and receipts go by it."""

from uuid import UUID

import pytest

from shared.contracts.registry import CONTACT_CHANGED, LINE_CHANGED, ORGANISATION_CHANGED
from tests.integration.tasking.conftest import Tasking
from tests.integration.tasking.samples import details, sealed, submission

LINE = str(UUID(int=5))


def contact(version: int, *, named: bool = True, valid_until: str | None = None) -> dict[str, object]:
    return {
        "organisation": "north-wales",
        "contact": "nw-1",
        "desk": "safeguarding",
        "named": named,
        "version": version,
        "valid_until": valid_until,
    }


@pytest.mark.parametrize("versions", [[1, 2], [2, 1]])
@pytest.mark.parametrize("together", [True, False])
async def test_a_lower_version_changes_nothing(tasking: Tasking, versions: list[int], together: bool) -> None:
    entries = [contact(version, named=version == 1) for version in versions]
    for batch in [entries] if together else [[one] for one in entries]:
        await tasking.know(CONTACT_CHANGED, *batch)
    (row,) = await tasking.rows("SELECT named, version FROM contacts")
    assert row == {"named": False, "version": 2}


async def test_a_known_line_is_not_warned_of(tasking: Tasking) -> None:
    await tasking.take(submission("executed", 1, details(line_id=LINE), name="before"))
    line = {"line_id": LINE, "owner": "metropolitan", "version": 1, "areas": [], "status": "adopted"}
    await tasking.know(LINE_CHANGED, line)
    await tasking.take(submission("executed", 1, details(line_id=LINE), name="after"))
    assert [one["warnings"] for one in await tasking.receipts()] == [["line_unknown"], []]


async def test_an_enrolled_organisation_is_not_warned_of(tasking: Tasking) -> None:
    said = details(parts=["a-new-agency"])
    await tasking.take(submission("executed", 1, said, name="before"))
    entry = {"code": "a-new-agency", "status": "enrolled", "kafka": True, "version": 1}
    await tasking.know(ORGANISATION_CHANGED, entry)
    await tasking.take(submission("executed", 1, said, name="after"))
    assert [len(one["warnings"]) for one in await tasking.receipts()] == [1, 0]


@pytest.mark.parametrize(
    ("valid_until", "verdict"), [("2026-11-20T18:03:00Z", "rejected"), ("2026-11-20T18:03:01Z", "accepted")]
)
async def test_a_contact_is_valid_until_its_time(with_contacts: Tasking, valid_until: str, verdict: str) -> None:
    await with_contacts.know(CONTACT_CHANGED, contact(2, valid_until=valid_until))
    await with_contacts.take(submission("proposed", 1, sealed()))
    assert await with_contacts.verdicts() == [("one-1", verdict)]


async def test_a_batch_of_facts_costs_two_statements(tasking: Tasking) -> None:
    for version, size in ((1, 1), (2, 200)):
        await tasking.know(CONTACT_CHANGED, *[contact(version) | {"contact": f"c-{n}"} for n in range(size)])
        assert tasking.statements == 2
