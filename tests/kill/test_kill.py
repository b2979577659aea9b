"""Everything is killed or taken away under load; each time every action has its tasks once when all is quiet.

The tests share one deployment and go on where the one before left it: whatever it forgot would show in the next.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import pytest

from nclcc.deployment import Deployment
from nclcc.stack import SERVICES
from tests.kill.conftest import NewLoad, settled
from tests.kill.evidence import assert_all_once
from tests.kill.faults import kill_in_mid_batch, says_that_it_waits
from tests.kill.load import Load

pytestmark = pytest.mark.timeout(240)
_AWAY_SECONDS = 10.0
_STOPPING_SECONDS = 10.0


@asynccontextmanager
async def _under(load: Load, deployment: Deployment, at_least: int, per_second: float) -> AsyncIterator[None]:
    """Load from outside while the block runs; afterwards every service is ready again and all is quiet."""
    enough = asyncio.Event()
    sending = asyncio.create_task(load.publish(at_least, per_second, enough))
    try:
        await load.reached(min(20, at_least))
        yield
    finally:
        enough.set()
        await sending
    await load.delivered()
    for service in SERVICES:
        await deployment.wait_ready(service)
    await settled(deployment)


async def test_whatever_is_killed_every_action_has_its_tasks_once(
    deployment: Deployment, new_load: NewLoad, loads: list[Load]
) -> None:
    began = monotonic()
    broker, database = deployment.stack.broker, deployment.stack.database
    async with _under(new_load("kill"), deployment, 300, 15.0):
        for service in SERVICES:
            await kill_in_mid_batch(deployment, service)
            deployment.start(service)
            await deployment.wait_ready(service)
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.start)
        await asyncio.to_thread(database.kill)
        await asyncio.to_thread(database.start)
        killed = monotonic() - began
    print(f"six killed in {killed:.1f} s, quiet after {monotonic() - began:.1f} s, {len(loads[0].actions)} actions")
    await assert_all_once(deployment, *loads)


async def test_a_broker_that_is_away_for_a_while_loses_nothing(
    deployment: Deployment, new_load: NewLoad, loads: list[Load]
) -> None:
    async with _under(new_load("away"), deployment, 50, 10.0):
        await asyncio.to_thread(deployment.stack.broker.stop)
        stopped = monotonic()
        for service in SERVICES:
            await says_that_it_waits(deployment, service, "broker")
        print(f"after {monotonic() - stopped:.1f} s every service says that the broker is away")
        await asyncio.sleep(max(0.0, stopped + _AWAY_SECONDS - monotonic()))
        await asyncio.to_thread(deployment.stack.broker.start)
    await assert_all_once(deployment, *loads)


async def test_without_a_broker_at_the_start_services_wait(
    deployment: Deployment, new_load: NewLoad, loads: list[Load]
) -> None:
    async with _under(new_load("no-broker"), deployment, 20, 20.0):
        await asyncio.gather(*(deployment.kill(service) for service in SERVICES))
        await asyncio.to_thread(deployment.stack.broker.stop)
        for service in SERVICES:
            deployment.start(service)
        for service in SERVICES:
            await says_that_it_waits(deployment, service, "lanes", "relays")
        await asyncio.to_thread(deployment.stack.broker.start)
    await assert_all_once(deployment, *loads)


async def test_without_a_database_at_the_start_services_wait(
    deployment: Deployment, new_load: NewLoad, loads: list[Load]
) -> None:
    async with _under(new_load("no-database"), deployment, 20, 20.0):
        await asyncio.gather(*(deployment.kill(service) for service in SERVICES))
        await asyncio.to_thread(deployment.stack.database.stop)
        for service in SERVICES:
            deployment.start(service)
        for service in SERVICES:
            await says_that_it_waits(deployment, service, "database")
        await asyncio.to_thread(deployment.stack.database.start)
    await assert_all_once(deployment, *loads)


async def test_a_service_that_is_asked_to_end_does_so_in_time_with_nothing_half_done(
    deployment: Deployment, new_load: NewLoad, loads: list[Load]
) -> None:
    async with _under(new_load("ending"), deployment, 60, 15.0):
        for service in SERVICES:
            process, asked = deployment.stack.supervisor[service], monotonic()
            await deployment.stop(service)
            took = monotonic() - asked
            print(f"{service} ended in {took:.1f} s with status {process.returncode}")
            assert (process.returncode, took < _STOPPING_SECONDS) == (0, True)
            deployment.start(service)
    await assert_all_once(deployment, *loads)
