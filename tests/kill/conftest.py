"""A deployment of its own for what is killed here: Apache Kafka, PostgreSQL, the four services as processes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from nclcc.deployment import Deployment
from nclcc.scenario import roster_path
from nclcc.scenario.steady import FORCES
from nclcc.stack import choose_stack
from tests.conftest import until
from tests.kill.load import Load
from tests.kill.watching import unfinished

NewLoad = Callable[[str], Load]
SESSION_MS = "3000"
"""How long the broker believes a consumer that says nothing: short, so that another takes its place soon."""


@asynccontextmanager
async def deployed() -> AsyncIterator[Deployment]:
    """The services on a fresh stack, with the forces of the load enrolled."""
    stack = await asyncio.to_thread(choose_stack, "kafka")
    with stack:
        async with Deployment(
            stack, roster=roster_path(), settings={"NCLCC_KAFKA_SESSION_TIMEOUT_MS": SESSION_MS}
        ) as running:
            for force in FORCES:
                await running.enrol(force)
            yield running


@pytest.fixture(scope="module")
async def deployment() -> AsyncIterator[Deployment]:
    async with deployed() as running:
        yield running


@pytest.fixture(scope="module")
def loads() -> list[Load]:
    """All that was sent to the deployment so far."""
    return []


@pytest.fixture
def new_load(deployment: Deployment, loads: list[Load]) -> NewLoad:
    """Makes a load and counts it among all."""

    def make(seed: str) -> Load:
        loads.append(Load(deployment, seed))
        return loads[-1]

    return make


async def settled(deployment: Deployment, within: timedelta = timedelta(seconds=60)) -> None:
    """Wait until nothing moves any more; fails with what still does."""
    moving: list[str] = []

    async def quiet() -> bool:
        nonlocal moving
        moving = await unfinished(deployment)
        return not moving

    try:
        await until(quiet, "all is quiet", within)
    except BaseException:
        print("\n".join(moving))
        raise
