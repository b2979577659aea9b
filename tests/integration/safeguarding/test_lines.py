"""An action that names only its line reaches the areas where the line arrives, whichever comes first."""

from typing import Any

from tests.integration.safeguarding.conftest import Safeguarding
from tests.integration.safeguarding.samples import LINE, NORWICH, THANET, action

EXPORTER = "E09000007"


def line(version: int, *districts: str) -> dict[str, Any]:
    areas = [{"district": EXPORTER, "role": "exporting"}]
    areas += [{"district": district, "role": "receiving"} for district in districts]
    return {"line_id": LINE, "owner": "metropolitan", "version": version, "areas": areas}


def only_line(number: int = 1, version: int = 1, status: str = "executed") -> dict[str, Any]:
    return action(number, version, status=status, places=[], people=[], line_id=LINE)


async def live(safeguarding: Safeguarding) -> set[str]:
    rows = await safeguarding.rows("SELECT organisation FROM tasks WHERE status = 'raised'")
    return {row["organisation"] for row in rows}


async def test_the_line_first(safeguarding: Safeguarding) -> None:
    await safeguarding.lines(line(1, THANET, NORWICH))
    await safeguarding.acted(only_line())
    assert await live(safeguarding) == {"kent", "norfolk"}


async def test_the_action_first_asks_the_centre_and_then_tells_the_areas(safeguarding: Safeguarding) -> None:
    await safeguarding.acted(only_line())
    assert await live(safeguarding) == {"nclcc"}
    await safeguarding.lines(line(1, THANET))
    assert await live(safeguarding) == {"kent"}


async def test_a_plan_follows_its_line_and_a_thing_done_does_not(safeguarding: Safeguarding) -> None:
    await safeguarding.lines(line(1, THANET))
    await safeguarding.acted(only_line(1, status="proposed"), only_line(2))
    await safeguarding.lines(line(2, NORWICH))
    rows = await safeguarding.rows("SELECT count(*) AS n, organisation FROM tasks WHERE status = 'raised' GROUP BY 2")
    assert {row["organisation"]: row["n"] for row in rows} == {"kent": 1, "norfolk": 1}


async def test_an_older_line_is_dropped(safeguarding: Safeguarding) -> None:
    await safeguarding.lines(line(2, NORWICH))
    await safeguarding.lines(line(1, THANET))
    await safeguarding.acted(only_line())
    assert await live(safeguarding) == {"norfolk"}


async def test_a_line_that_many_wait_for_costs_no_more(safeguarding: Safeguarding) -> None:
    await safeguarding.acted(*(only_line(number) for number in range(1, 51)))
    await safeguarding.lines(line(1, THANET))
    many = safeguarding.statements
    await safeguarding.lines(line(2, THANET))
    assert many - safeguarding.statements <= 1
    assert await live(safeguarding) == {"kent"}
