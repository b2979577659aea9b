"""A scene for each test: a fresh database, a clock that tests move, people on call."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

import pytest

from shared.kernel.clock import ManualClock
from tests.integration.notify.scene import Scene


@pytest.fixture
async def scene(make_database: Callable[[str], Awaitable[str]], start: datetime) -> AsyncIterator[Scene]:
    scene = Scene(await make_database("notify"), ManualClock(start))
    await scene.roster()
    await scene.start()
    yield scene
    await scene.close()
