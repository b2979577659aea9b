"""Joint actions: the lead follows its parts, in whatever order they report, and nobody joins unasked."""

import asyncio
from typing import Any

from tests.integration.tasking.conftest import Tasking
from tests.integration.tasking.samples import action_id, details, our_id, sealed, submission

PART_OF = {"lead": "nca", "action_id": action_id("joint")}


def lead(revision: int = 1, verb: str = "proposed", **said: Any) -> bytes:
    return submission(verb, revision, details(parts=["kent", "norfolk"], **said), name="joint", organisation="nca")


def part(organisation: str, verb: str = "executed", revision: int = 1, **said: Any) -> bytes:
    return submission(
        verb, revision, details(part_of=PART_OF, **said), name=f"of-{organisation}", organisation=organisation
    )


def statuses(data: Any) -> dict[str, str | None]:
    return {one["organisation"]: one["status"] for one in data["parts"]}


async def last_of_lead(tasking: Tasking) -> Any:
    return [one.data for one in await tasking.changes() if one.data["pursue_action"] == our_id("joint", "nca")][-1]


async def test_the_lead_moves_when_a_part_does(tasking: Tasking) -> None:
    await tasking.take(lead(), organisation="nca")
    assert statuses(await last_of_lead(tasking)) == {"kent": None, "norfolk": None}
    await tasking.take(part("kent"), organisation="kent")
    told = await last_of_lead(tasking)
    assert (told["version"], told["change"], told["changed"], told["status"]) == (2, "executed", ["parts"], "proposed")
    assert statuses(told) == {"kent": "executed", "norfolk": None}
    (of_part,) = [one.data for one in await tasking.changes() if one.data["acting"] == "kent"]
    assert of_part["lead"] == our_id("joint", "nca")


async def test_parts_may_report_before_the_lead(tasking: Tasking) -> None:
    await tasking.take(part("kent"), organisation="kent")
    assert (await tasking.receipts())[0]["warnings"] == ["part_not_confirmed"]
    await tasking.take(lead(), organisation="nca")
    assert statuses(await last_of_lead(tasking)) == {"kent": "executed", "norfolk": None}


async def test_what_has_no_details_finds_its_lead_all_the_same(tasking: Tasking) -> None:
    await tasking.take(lead(), organisation="nca")
    await tasking.take(part("kent", "proposed"), organisation="kent")
    await tasking.take(submission("cancelled", 2, name="of-kent", organisation="kent"), organisation="kent")
    assert statuses(await last_of_lead(tasking))["kent"] == "cancelled"


async def test_a_part_that_waited_finds_its_lead(tasking: Tasking) -> None:
    await tasking.take(lead(), organisation="nca")
    await tasking.take(part("kent", "authorised", 2), organisation="kent")
    first = submission("proposed", 1, name="of-kent", organisation="kent")
    await tasking.take(first, organisation="kent")
    assert statuses(await last_of_lead(tasking))["kent"] == "authorised"


async def test_nobody_joins_unasked(tasking: Tasking) -> None:
    await tasking.take(lead(), organisation="nca")
    await tasking.take(part("essex"), organisation="essex")
    told = await last_of_lead(tasking)
    assert (told["version"], statuses(told)) == (1, {"kent": None, "norfolk": None})
    assert (await tasking.receipts())[-1]["warnings"] == ["part_not_confirmed"]


async def test_a_part_that_leaves_is_gone_from_the_lead(tasking: Tasking) -> None:
    await tasking.take(lead(), organisation="nca")
    await tasking.take(part("kent", "proposed"), organisation="kent")
    await tasking.take(submission("executed", 2, name="of-kent", organisation="kent"), organisation="kent")
    assert statuses(await last_of_lead(tasking))["kent"] is None


async def test_a_sealed_part_is_not_in_an_open_lead(with_contacts: Tasking) -> None:
    tasking = with_contacts
    lead_event = submission("proposed", 1, details(parts=["merseyside"]), name="joint", organisation="nca")
    await tasking.take(lead_event, organisation="nca")
    await tasking.take(submission("proposed", 1, sealed(part_of=PART_OF)))
    told = await last_of_lead(tasking)
    assert (told["version"], statuses(told)) == (1, {"merseyside": None})
    await tasking.take(submission("executed", 2, details(part_of=PART_OF)))
    assert statuses(await last_of_lead(tasking)) == {"merseyside": "executed"}


async def test_lead_and_parts_at_once_end_the_same(tasking: Tasking) -> None:
    """Each organisation's topic is read by its own batch, and all of them touch the lead."""
    batches = [tasking.take(part(code), organisation=code) for code in ("kent", "norfolk")]
    await asyncio.gather(tasking.take(lead(), organisation="nca"), *batches)
    told = await last_of_lead(tasking)
    assert statuses(told) == {"kent": "executed", "norfolk": "executed"}
    versions = [one.data["version"] for one in await tasking.changes() if one.data["acting"] == "nca"]
    assert versions == sorted(set(versions))
