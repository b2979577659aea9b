"""Every thread of the scenario, on a movable clock; an alert that the story does not expect fails it."""

import pytest

from nclcc.scenario import threads
from shared.auth import Role
from tests.stories.player import Player
from tests.stories.world import World

NAMES = ("warrants", "sealed", "cancelled", "amended", "joint", "train", "mistakes")


@pytest.mark.parametrize("name", NAMES)
async def test_thread(world: World, name: str) -> None:
    told = {thread.name: thread for thread in threads(world.clock.now(), seed=name)}
    assert set(told) == set(NAMES)
    thread = told[name]
    for organisation in sorted({step.organisation for step in thread.steps if hasattr(step, "organisation")}):
        await enrol(world, organisation)
    await Player(world).play(thread)


async def enrol(world: World, organisation: str) -> None:
    """Let an organisation take part: its topics are made while everything runs."""
    async with world.http("notify", world.token("nclcc", Role.OPERATOR)) as client:
        response = await client.post("/v1/organisations", json={"code": organisation, "kafka": True})
        assert response.status_code in (200, 201, 202), response.text
    await world.provisioned(organisation)
