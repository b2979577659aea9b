"""A browser and the service's pages, as a person on call meets them."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import uvicorn
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service as Driver

from shared.kernel.clock import ManualClock
from tests.conftest import Broker, until
from tests.integration.notify.running import notify_service
from tests.integration.notify.scene import Scene, token_of

# Only root can install a browser, and only where Debian's packages are; without one these pages are tested over HTTP.
collect_ignore_glob = [] if shutil.which("chromedriver") else ["test_*.py"]
NO_SCRIPTS = {"profile.managed_default_content_settings.javascript": 2}


def _browser(scripts: bool) -> Chrome:
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    if not scripts:
        options.add_experimental_option("prefs", NO_SCRIPTS)
    return Chrome(options=options, service=Driver(shutil.which("chromedriver")))


@pytest.fixture(scope="module", params=[True, False], ids=["scripts", "no scripts"])
def browser(request: pytest.FixtureRequest) -> Iterator[Chrome]:
    driver = _browser(request.param)
    yield driver
    driver.quit()


@dataclass
class Site:
    """The pages' address, and what stands behind them."""

    root: str
    scene: Scene

    async def link(self, contact: str = "kent/first") -> str:
        return f"{self.root}/a/{token_of((await self.scene.alert()).alert, contact)}"


@pytest.fixture
async def site(
    make_database: Callable[[str], Awaitable[str]], start: datetime, broker: Broker, tmp_path: Path
) -> AsyncIterator[Site]:
    scene = Scene(await make_database("notify"), ManualClock(start))
    await scene.roster()
    service, _ = notify_service(tmp_path, scene.url, broker.settings(), scene.clock)
    server = uvicorn.Server(uvicorn.Config(service.app, log_config=None, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        await until(lambda: server.started, "the pages are served")
        yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}", scene)
        server.should_exit = True
        await serving
    await service.context.close()
    await scene.close()
