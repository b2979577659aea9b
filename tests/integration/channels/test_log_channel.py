"""The log channel: one line for each hand-over."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.notify.channels.log import LogChannel
from services.notify.channels.message import Address, DeliveredToProvider, Failed
from shared.kernel.clock import ManualClock
from tests.integration.channels.samples import LINK, REFERENCE, sample

CLOCK = ManualClock(datetime(2026, 11, 2, 12, 0, tzinfo=UTC))
TO = Address("log", "kent safeguarding lead")


async def test_a_line_holds_what_was_said_to_whom_and_when(tmp_path: Path) -> None:
    path = tmp_path / "alerts.ndjson"
    outcome = await LogChannel(path, CLOCK).hand_over(sample(), TO)
    assert outcome == DeliveredToProvider("attempt-0001")
    assert json.loads(path.read_text()) == {
        "reference": REFERENCE,
        "urgency": "urgent",
        "link": LINK,
        "phone_control_room": False,
        "to": "kent safeguarding lead",
        "at": "2026-11-02T12:00:00+00:00",
        "attempt": "attempt-0001",
    }


async def test_many_at_once_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "alerts.ndjson"
    channel = LogChannel(path, CLOCK)
    await asyncio.gather(*(channel.hand_over(sample(attempt=f"attempt-{number:04}"), TO) for number in range(50)))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len({line["attempt"] for line in lines}) == len(lines) == 50


async def test_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    await LogChannel(None, CLOCK).hand_over(sample(), TO)
    assert json.loads(capsys.readouterr().out)["reference"] == REFERENCE


async def test_a_folder_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    outcome = await LogChannel(tmp_path / "none" / "x", CLOCK).hand_over(sample(), TO)
    assert outcome == Failed(retryable=True, reason="not_writable")
