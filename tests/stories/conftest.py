"""Stories: a fresh world each, whose end fails if anybody was told whom the story did not expect."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

import nclcc.scenario
from shared.kernel.clock import ManualClock
from tests.conftest import Broker, MakeDatabase
from tests.stories.world import World

ROSTER = Path(nclcc.scenario.__file__).parent / "roster.yaml"


@pytest.fixture
async def world(broker: Broker, make_database: MakeDatabase, tmp_path: Path, start: datetime) -> AsyncIterator[World]:
    world = World(broker, ManualClock(start), tmp_path)
    extra = {
        "roster_file": str(ROSTER),
        "log_channel_file": str(tmp_path / "alerts.ndjson"),
        "public_url": "https://alerts.example.test",
    }
    try:
        await world.start(make_database, extra)
        await world.settle()
        yield world
        await world.settle()
        unexpected = world.told()
        assert not unexpected, f"told without being expected: {[(one.to, one.urgency) for one in unexpected]}"
    finally:
        await world.stop()
