"""Every command says what it does, with examples, and what is missing is told in a line."""

from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from nclcc.__main__ import EXPECTED, app
from nclcc.state import NotRunning

RUNNER = CliRunner()


def commands() -> list[list[str]]:
    """The path of each command."""
    root: Any = typer.main.get_command(app)
    found: list[list[str]] = []
    for name, command in root.commands.items():
        below = list(getattr(command, "commands", []))
        found += [[name, one] for one in below] or [[name]]
    return found


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_help_has_an_example(path: list[str]) -> None:
    shown = RUNNER.invoke(app, [*path, "--help"])
    assert shown.exit_code == 0
    assert "Example" in shown.stdout
    assert f"nclcc {' '.join(path)}" in shown.stdout


@pytest.fixture
def _nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NCLCC_HOME", str(tmp_path))
    for name in ("NCLCC_KAFKA_BOOTSTRAP", "NCLCC_DATABASE_URL", "NCLCC_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_nothing_runs")
@pytest.mark.parametrize(
    "arguments",
    [
        ["topics"],
        ["watch", "org.*"],
        ["migrate"],
        ["token", "kent"],
        ["dlt", "list"],
        ["dlt", "replay", "tasking.submissions"],
        ["audit", "verify"],
        ["org", "enrol", "kent"],
    ],
    ids=" ".join,
)
def test_without_a_stack(arguments: list[str]) -> None:
    result = RUNNER.invoke(app, arguments)
    assert result.exit_code == 1
    assert isinstance(result.exception, NotRunning)
    assert isinstance(result.exception, EXPECTED)
    assert "nclcc up" in str(result.exception)


@pytest.mark.usefixtures("_nothing_runs")
@pytest.mark.parametrize(
    "arguments", [["token", "nobody"], ["org", "enrol", "nobody"], ["migrate", "console"], ["up", "--stack", "paper"]]
)
def test_a_wrong_argument_is_status_2(arguments: list[str]) -> None:
    assert RUNNER.invoke(app, arguments).exit_code == 2


def test_contracts_are_written_and_checked(tmp_path: Path) -> None:
    assert RUNNER.invoke(app, ["contracts", "--check", "--folder", str(tmp_path)]).exit_code == 1
    assert RUNNER.invoke(app, ["contracts", "--folder", str(tmp_path)]).exit_code == 0
    assert RUNNER.invoke(app, ["contracts", "--check", "--folder", str(tmp_path)]).exit_code == 0
    (tmp_path / "schemas" / "left-over.json").write_text("{}")
    assert "left-over.json" in RUNNER.invoke(app, ["contracts", "--folder", str(tmp_path)]).stdout
    assert not (tmp_path / "schemas" / "left-over.json").exists()
