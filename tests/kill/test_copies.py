"""Two copies of each service: work goes on when one of them dies, and one that was frozen writes nothing late."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from nclcc.deployment import Deployment
from nclcc.stack import SERVICES
from tests.conftest import until
from tests.kill.conftest import settled
from tests.kill.evidence import assert_all_once
from tests.kill.faults import freeze_in_mid_batch, wake
from tests.kill.load import Load
from tests.kill.watching import count

pytestmark = pytest.mark.timeout(180)
_FROZEN = ("tasking", "safeguarding", "notify")


@pytest.fixture(scope="module")
async def copies(deployment: Deployment) -> AsyncIterator[Deployment]:
    """A second copy of each service beside the first."""
    for service in SERVICES:
        deployment.start(service, "1")
    await _ready(deployment, "1")
    yield deployment


async def test_when_either_copy_of_each_service_dies_work_goes_on_and_nothing_is_doubled(copies: Deployment) -> None:
    load = Load(copies, "either")
    for copy in ("0", "1"):
        before, enough = len(load.actions), asyncio.Event()
        sending = asyncio.create_task(load.publish(60, 15.0, enough))
        await load.reached(before + 20)
        await asyncio.gather(*(copies.kill(service, copy) for service in SERVICES))
        enough.set()
        await sending
        await load.delivered()
        await _all_handed_over(copies, load)
        for service in SERVICES:
            copies.start(service, copy)
        await _ready(copies, copy)
    await settled(copies)
    await assert_all_once(copies, load)


async def test_a_copy_frozen_beyond_its_leases_writes_nothing_when_it_wakes(copies: Deployment) -> None:
    load, enough = Load(copies, "frozen"), asyncio.Event()
    sending = asyncio.create_task(load.publish(100, 15.0, enough))
    await load.reached(20)
    for service in _FROZEN:
        await freeze_in_mid_batch(copies, service, "1")
    enough.set()
    await sending
    await load.delivered()
    await _all_handed_over(copies, load)
    for service in _FROZEN:
        wake(copies, service, "1")
    await _ready(copies, "1")
    await settled(copies)
    await assert_all_once(copies, load)


async def _ready(deployment: Deployment, copy: str) -> None:
    for service in SERVICES:
        await deployment.wait_ready(service, copy)


async def _all_handed_over(deployment: Deployment, load: Load) -> None:
    """Every alert of every action of the load is out, whoever else has died."""
    sql = "SELECT count(DISTINCT alert) FROM deliveries WHERE status = 'sent'"

    async def done() -> bool:
        return await count(deployment, "notify", sql) >= len(load.actions) * 5

    await until(done, "every alert is handed over", timedelta(seconds=75))
