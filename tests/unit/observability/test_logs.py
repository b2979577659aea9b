"""A log line holds identifiers and codes; no payload reaches it by message, extra or error."""

import ast
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from uuid import UUID

import pytest

from shared.observability import logs

CANARY = "CANARY-7f3a"
ROOT = Path(__file__).parents[3]


class Kind(Enum):
    ONE = "one"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator["Lines"]:
    """What is logged while the process is configured; everything is put back after."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions, sys.excepthook, threading.excepthook)
    levels = {name: logging.getLogger(name).level for name in ("httpx", "sqlalchemy", "uvicorn.access", "aiokafka")}
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdout", output)
    logs.configure("tasking")
    yield Lines(output)
    root.handlers[:], root.level, logging.raiseExceptions, sys.excepthook, threading.excepthook = before
    logging.captureWarnings(False)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


class Lines:
    def __init__(self, output: io.StringIO) -> None:
        self._output = output

    @property
    def raw(self) -> str:
        return self._output.getvalue()

    def read(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.raw.splitlines()]


def raise_quoting() -> None:
    raise ValueError(f"cannot read {CANARY}")


def test_a_line(lines: Lines) -> None:
    logging.getLogger("shared.bus.consumer").warning("waiting", extra={"group": "tasking.facts", "offset": 7})
    [line] = lines.read()
    assert line.pop("ts")
    assert line == {
        "level": "warning",
        "logger": "shared.bus.consumer",
        "message": "waiting",
        "service": "tasking",
        "group": "tasking.facts",
        "offset": 7,
    }


def test_other_keys_are_dropped(lines: Lines) -> None:
    logging.getLogger("services.tasking").info("seen", extra={"payload": CANARY, "child": CANARY, "count": 1})
    [line] = lines.read()
    assert CANARY not in lines.raw
    assert line["count"] == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Kind.ONE, "one"),
        (["kent", "essex"], ["kent", "essex"]),
        ({"name": CANARY}, "dict"),
        (ValueError(CANARY), "ValueError"),
        ("x" * 500, "x" * 200),
        ("\ud800", "?"),
        (2**70, str(2**70)),
        (None, None),
    ],
)
def test_allowed_keys_hold_plain_values_only(lines: Lines, value: object, shown: object) -> None:
    logging.getLogger("services.tasking").info("seen", extra={"id": value})
    assert lines.read()[0]["id"] == shown


def test_an_error_is_its_class_and_place(lines: Lines) -> None:
    try:
        try:
            raise_quoting()
        except ValueError as error:
            raise RuntimeError(CANARY) from error
    except RuntimeError:
        logging.getLogger("services.tasking").exception("failed")
    [line] = lines.read()
    assert CANARY not in lines.raw
    exception = line["exception"]
    assert isinstance(exception, dict)
    assert exception["class"] == "RuntimeError"
    assert exception["cause"]["class"] == "ValueError"
    assert "test_logs.py:" in exception["cause"]["frames"][-1]
    assert exception["cause"]["frames"][-1].endswith(" raise_quoting")


def test_a_group_of_errors(lines: Lines) -> None:
    try:
        raise ExceptionGroup(CANARY, [ValueError(CANARY), KeyError(CANARY)])
    except ExceptionGroup:
        logging.getLogger("services.tasking").exception("failed")
    [line] = lines.read()
    assert CANARY not in lines.raw
    exception = line["exception"]
    assert isinstance(exception, dict)
    assert [part["class"] for part in exception["parts"]] == ["ValueError", "KeyError"]


def test_of_a_library_only_the_first_line_with_nothing_filled_in(lines: Lines) -> None:
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task %s>", CANARY)
    logging.getLogger("some.library").error("could not handle %r", CANARY)
    assert [line["message"] for line in lines.read()] == ["Task exception was never retrieved", "could not handle %r"]


@pytest.mark.parametrize("name", ["httpx", "uvicorn.access", "aiokafka.conn", "sqlalchemy.engine.Engine"])
def test_chatter_is_quiet(lines: Lines, name: str) -> None:
    logging.getLogger(name).info("GET /answer/%s", CANARY)
    assert lines.read() == []


def test_a_record_that_cannot_be_formatted_is_not_printed_instead(
    lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("services.tasking").info("%d", CANARY)
    assert CANARY not in "".join((lines.raw, *capsys.readouterr()))


def test_what_nobody_caught_is_logged_without_its_text() -> None:
    program = (
        "import threading; from shared.observability import logs; logs.configure('intel')\n"
        f"def fail(): raise ValueError('{CANARY}')\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join(); fail()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert [json.loads(line)["exception"]["class"] for line in done.stdout.splitlines()] == ["ValueError"] * 2
    assert CANARY not in done.stdout + done.stderr


def test_every_key_that_the_code_logs_is_allowed() -> None:
    """A key that is not on the list would be dropped in silence, and missed on the day it is needed."""
    used = set()
    for folder in ("nclcc", "services", "shared"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.keyword) and node.arg == "extra" and isinstance(node.value, ast.Dict):
                    used |= {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
    assert used
    assert used <= logs.ALLOWED
