"""The timeline on the screen: the same words in colour where a terminal is attached, and as plain lines elsewhere."""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, TextIO

from rich.console import Console
from rich.text import Text


class Kind(StrEnum):
    """What a line tells."""

    TITLE = "title"
    NOTE = "note"
    STEP = "step"
    RECEIPT = "receipt"
    TOLD = "told"
    ANSWER = "answer"
    CLIMB = "climb"
    CHECK = "check"
    FAILED = "failed"


_MARKS: Final = {
    Kind.RECEIPT: "receipt",
    Kind.TOLD: "told",
    Kind.ANSWER: "answer",
    Kind.CLIMB: "climbs",
    Kind.CHECK: "checked",
}
_STYLES: Final = {
    Kind.TITLE: "bold",
    Kind.NOTE: "dim",
    Kind.STEP: "bold cyan",
    Kind.RECEIPT: "blue",
    Kind.TOLD: "green",
    Kind.ANSWER: "magenta",
    Kind.CLIMB: "yellow",
    Kind.CHECK: "dim",
    Kind.FAILED: "bold red",
}
_WHO_WIDTH: Final = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when (seconds since the beginning), what kind, who, and in words; `ms` is how long it took."""

    at: float
    kind: Kind
    who: str
    text: str
    ms: float | None = None


def plain(line: Line) -> str:
    """The line as text, without colour."""
    if line.kind is Kind.TITLE:
        return f"\n== {line.text}" + (f"  [{line.who}]" if line.who else "")
    took = f"{line.ms:6.0f} ms " if line.ms is not None else " " * 10
    mark = _MARKS.get(line.kind, "")
    who = line.who if line.kind is Kind.STEP else f"  {mark} {line.who}".rstrip()
    return f"{line.at:7.2f} s {took} {who:<{_WHO_WIDTH}} {line.text}".rstrip()


class Screen(Protocol):
    """Where lines go."""

    def show(self, line: Line) -> None: ...

    def write(self, lines: Iterable[str]) -> None:
        """Lines that are no part of the timeline."""


class PlainScreen:
    """Plain lines to a file, each flushed."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, line: Line) -> None:
        self.write([plain(line)])

    def write(self, lines: Iterable[str]) -> None:
        for line in lines:
            print(line, file=self._out, flush=True)


class RichScreen:
    """The same lines in colour."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, line: Line) -> None:
        self._console.print(Text(plain(line), style=_STYLES[line.kind]), soft_wrap=True)

    def write(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._console.print(Text(line), soft_wrap=True)


def screen_for(out: TextIO | None = None) -> Screen:
    """Colour for a terminal, plain lines for a pipe or a file."""
    stream = out or sys.stdout
    return RichScreen(Console(file=stream, highlight=False)) if stream.isatty() else PlainScreen(stream)


class Timeline:
    """Lines with the time since it was made."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def say(self, kind: Kind, who: str, text: str, ms: float | None = None) -> None:
        self.screen.show(Line(self.elapsed, kind, who, text, ms))
