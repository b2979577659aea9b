"""The demonstration as a user starts it: it plays through, it says what went wrong, and it leaves nothing behind."""

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psutil
import pytest

import nclcc.demo.publishing
import nclcc.demo.run
from nclcc.demo.screen import PlainScreen
from nclcc.scenario import Change, Publish, Thread, threads
from shared.contracts.protect import TaskChange

pytestmark = pytest.mark.timeout(300)
COMMAND = [sys.executable, "-m", "nclcc", "demo", "--stack", "embedded"]


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory for everything that a run makes, through which the database's own account can pass."""
    with tempfile.TemporaryDirectory(prefix="demo-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def _environment(place: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NCLCC_")}
    return kept | {"TMPDIR": str(place), "PYTHONUNBUFFERED": "1"}


def _left_behind(place: Path) -> list[str]:
    """The processes that still run on anything in this directory, and the files in it."""
    found = [str(path) for path in place.iterdir()]
    for process in psutil.process_iter(["cmdline"]):
        try:
            words = [*(process.info["cmdline"] or ()), process.environ().get("TMPDIR", "")]
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(str(place) in word for word in words):
            found.append(f"{process.pid} {words[:3]}")
    return found


def test_it_plays_through_in_plain_lines_and_leaves_nothing_behind(place: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.json"
    run = subprocess.run(
        [*COMMAND, "--json", str(summary)], env=_environment(place), capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert "\x1b[" not in run.stdout
    for words in ("told", "receipt", "climbs", "invented pairs", "retracted", "Summary", "p99", "sealed"):
        assert words in run.stdout
    figures = json.loads(summary.read_text())
    assert figures["failed"] is None
    assert figures["latency"]["actions"] == 80
    assert figures["receipts"]["rejected"] == 3
    assert figures["tasks"] >= 480
    assert figures["at_fallback"] >= 1
    assert _left_behind(place) == []


def test_ctrl_c_takes_everything_down(place: Path) -> None:
    said = []
    with subprocess.Popen(
        COMMAND, env=_environment(place), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if "executes warrants" in line:
                process.send_signal(signal.SIGINT)
        assert process.wait(60) == nclcc.demo.run.INTERRUPTED, "".join(said)
    assert "everything has been taken down" in said[-1]
    assert _left_behind(place) == []


def test_a_step_that_does_not_come_out_ends_it_with_what_was_expected_and_what_came(
    monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    def wrong(now: datetime, seed: str) -> tuple[Thread, ...]:
        [thread] = [one for one in threads(now, seed) if one.name == "cancelled"]
        first, second = thread.steps
        assert isinstance(second, Publish)
        wanted = tuple(Change(change.task, TaskChange.ACCEPTED) for change in second.changed)
        return (replace(thread, steps=(first, replace(second, changed=wanted))),)

    monkeypatch.setattr(nclcc.demo.run, "threads", wrong)
    monkeypatch.setattr(nclcc.demo.publishing, "PATIENCE", 3.0)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    out, began = io.StringIO(), time.monotonic()
    assert nclcc.demo.run.run_demo("embedded", screen=PlainScreen(out)) == 1
    assert time.monotonic() - began < 120
    failure = out.getvalue().rpartition("FAILED: ")[2]
    assert "west-midlands cancels it" in failure
    assert "expected: accepted west-mercia/safeguarding (receiving-force)" in failure
    assert "came:     stood-down west-mercia/safeguarding (receiving-force)" in failure
    assert _left_behind(place) == []
