"""Two copies of each service: work goes on when one of them dies, and one that was frozen writes nothing late."""

import asyncio
from datetime import timedelta
from time import monotonic

import pytest

from nclcc.deployment import Deployment
from nclcc.stack import SERVICES
from tests.conftest import until
from tests.kill.conftest import NewLoad, settled
from tests.kill.evidence import DESKS_EACH, assert_all_once
from tests.kill.faults import freeze_in_mid_batch, wake
from tests.kill.load import Load
from tests.kill.watching import count

pytestmark = pytest.mark.timeout(180)
_FROZEN = ("tasking", "safeguarding", "notify")


@pytest.fixture(scope="module")
async def copies(deployment: Deployment) -> Deployment:
    """A second copy of each service beside the first."""
    for service in SERVICES:
        deployment.start(service, "1")
    await _ready(deployment, "1")
    return deployment


async def test_when_either_copy_of_each_service_dies_work_goes_on_and_nothing_is_doubled(
    copies: Deployment, new_load: NewLoad, loads: list[Load]
) -> None:
    for copy in ("0", "1"):
        load, enough = new_load(f"without-{copy}"), asyncio.Event()
        sending = asyncio.create_task(load.publish(60, 15.0, enough))
        await load.reached(20)
        await asyncio.gather(*(copies.kill(service, copy) for service in SERVICES))
        enough.set()
        await sending
        await load.delivered()
        await _all_handed_over(copies, loads)
        for service in SERVICES:
            copies.start(service, copy)
        await _ready(copies, copy)
    await settled(copies)
    await assert_all_once(copies, *loads)


async def test_a_copy_frozen_beyond_its_leases_writes_nothing_when_it_wakes(
    copies: Deployment, new_load: NewLoad, loads: list[Load]
) -> None:
    load, enough = new_load("frozen"), asyncio.Event()
    sending = asyncio.create_task(load.publish(100, 15.0, enough))
    await load.reached(20)
    for service in _FROZEN:
        await freeze_in_mid_batch(copies, service, "1")
    frozen = monotonic()
    enough.set()
    await sending
    await load.delivered()
    await _all_handed_over(copies, loads)
    print(f"all was done by the other copies {monotonic() - frozen:.1f} s after the last one froze")
    for service in _FROZEN:
        wake(copies, service, "1")
    await _ready(copies, "1")
    await settled(copies)
    await assert_all_once(copies, *loads)


async def _ready(deployment: Deployment, copy: str) -> None:
    for service in SERVICES:
        await deployment.wait_ready(service, copy)


async def _all_handed_over(deployment: Deployment, loads: list[Load]) -> None:
    """Every alert of every action is out, whoever has died."""
    sql = "SELECT count(DISTINCT alert) FROM deliveries WHERE status = 'sent'"
    wanted, came = sum(len(load.actions) for load in loads) * DESKS_EACH, 0

    async def done() -> bool:
        nonlocal came
        came = await count(deployment, "notify", sql)
        return came >= wanted

    try:
        await until(done, "every alert is handed over", timedelta(seconds=75))
    except BaseException:
        print(f"{came} of {wanted} alerts are handed over")
        raise
