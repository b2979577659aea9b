"""One stack that `nclcc up` keeps running, as a process of its own, for all these tests."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from nclcc.__main__ import EXPECTED, app

NCLCC = (sys.executable, "-m", "nclcc")


@dataclass(frozen=True)
class Up:
    """The running command, what it printed, and the folder by which others find it."""

    process: subprocess.Popen[str]
    addresses: dict[str, Any]
    home: Path


def environment(home: Path) -> dict[str, str]:
    """The caller's, but for what would lead to another stack."""
    return {name: value for name, value in os.environ.items() if not name.startswith("NCLCC_")} | {
        "NCLCC_HOME": str(home)
    }


def start(home: Path) -> Up:
    """Start it on what lies in wheels, and wait until it has printed where everything is."""
    with (home / "stderr").open("w") as stderr:
        process = subprocess.Popen(
            [*NCLCC, "up", "--stack", "embedded", "--json"],
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, (home / "stderr").read_text()
    return Up(process, json.loads(line), home)


def stop(up: Up, signum: signal.Signals = signal.SIGINT) -> int:
    """Ask it to end; returns its status, once none of its children is left."""
    family = psutil.Process(up.process.pid).children(recursive=True)
    up.process.send_signal(signum)
    status = up.process.wait(30)
    assert up.process.stdout is not None
    up.process.stdout.close()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    return status


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = start(tmp_path_factory.mktemp("home"))
    yield running
    assert stop(running) == 0
    assert not (running.home / "state.json").exists()
    assert not Path(running.addresses["run_dir"]).exists()


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


Nclcc = Callable[..., Ran]


@pytest.fixture
def nclcc(up: Up, monkeypatch: pytest.MonkeyPatch) -> Nclcc:
    """Runs a command against that stack, inside this process."""
    for name in list(os.environ):
        if name.startswith("NCLCC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NCLCC_HOME", str(up.home))

    def run(*arguments: str, text: str | None = None) -> Ran:
        result = CliRunner().invoke(app, list(arguments), input=text)
        said = result.stderr
        if isinstance(result.exception, EXPECTED):
            said += str(result.exception)
        elif result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, said)

    return run
