"""What happens to processes: killed or frozen in the middle of a batch, and whether they say how they are."""

import asyncio
import signal
from contextlib import suppress
from typing import Any

import httpx
import psutil

from nclcc.deployment import Deployment, process_name
from tests.conftest import until
from tests.kill.watching import as_administrator

_MID_BATCH = (
    "SELECT a.client_port FROM pg_stat_activity a JOIN pg_locks l USING (pid)"
    " WHERE a.application_name = $1 AND l.granted AND l.mode = 'RowExclusiveLock'"
    " AND l.relation = ($1 || '.positions')::regclass"
)
_LOOKING_SECONDS = 20.0
_RUN_ON_SECONDS = 0.003


async def freeze_in_mid_batch(deployment: Deployment, service: str, copy: str = "0") -> None:
    """SIGSTOP a copy while it has a batch open: positions moved, nothing committed."""
    deadline = asyncio.get_running_loop().time() + _LOOKING_SECONDS
    name = process_name(service, copy)
    while asyncio.get_running_loop().time() < deadline:
        deployment.stack.supervisor.kill(name, signal.SIGSTOP)
        if await _has_open_batch(deployment, service, name):
            return
        deployment.stack.supervisor.kill(name, signal.SIGCONT)
        await asyncio.sleep(_RUN_ON_SECONDS)
    raise AssertionError(f"{name} was never seen in the middle of a batch")


def wake(deployment: Deployment, service: str, copy: str = "0") -> None:
    """SIGCONT."""
    deployment.stack.supervisor.kill(process_name(service, copy), signal.SIGCONT)


async def kill_in_mid_batch(deployment: Deployment, service: str, copy: str = "0") -> None:
    """SIGKILL while a batch is open."""
    await freeze_in_mid_batch(deployment, service, copy)
    await deployment.kill(service, copy)


async def waits_for(deployment: Deployment, service: str) -> dict[str, str] | None:
    """What /readyz says that the service waits for; empty when it is ready, None while it does not answer."""
    with suppress(httpx.HTTPError):
        answer = await deployment.http.get(f"{deployment.address(service)}/readyz")
        waiting: dict[str, str] = answer.json()["waiting_for"]
        assert answer.status_code == (503 if waiting else 200)
        return waiting
    return None


async def says_that_it_waits(deployment: Deployment, service: str, *parts: str) -> None:
    """Wait until a live process says that these parts are not there."""
    said: Any = None

    async def told() -> bool:
        nonlocal said
        said = await waits_for(deployment, service)
        return said is not None and set(parts) <= said.keys()

    try:
        await until(told, f"{service} waits for {parts}")
    except BaseException:
        print(f"{service} said {said}")
        raise
    answer = await deployment.http.get(f"{deployment.address(service)}/healthz")
    assert answer.status_code == 200


async def _has_open_batch(deployment: Deployment, service: str, name: str) -> bool:
    found = await as_administrator(deployment, _MID_BATCH, service)
    process = psutil.Process(deployment.stack.supervisor[name].pid)
    ports = {one.laddr.port for one in process.net_connections("tcp") if one.laddr}
    return any(one["client_port"] in ports for one in found)
