"""The timeline says the same in colour and in plain lines."""

import io

import pytest
from rich.console import Console

from nclcc.demo.screen import Kind, Line, PlainScreen, RichScreen, Timeline, plain, screen_for

LINES = [
    Line(0.0, Kind.TITLE, "invented pairs: metropolitan to kent", "Warrants"),
    Line(1.234, Kind.STEP, "metropolitan", "executes warrants"),
    Line(1.3, Kind.RECEIPT, "metropolitan", "accepted", 21.4),
    Line(1.4, Kind.TOLD, "la-dumfries-and-galloway/children", "raised: children-scotland", 38.0),
    Line(2.0, Kind.FAILED, "", "it did not come"),
]


def _rich(line: Line, *, terminal: bool) -> str:
    out = io.StringIO()
    RichScreen(Console(file=out, force_terminal=terminal, width=40, highlight=False)).show(line)
    return out.getvalue()


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.kind)
def test_both_screens_say_the_same(line: Line) -> None:
    out = io.StringIO()
    PlainScreen(out).show(line)
    assert _rich(line, terminal=False) == out.getvalue() == plain(line) + "\n"


def test_colour_is_for_terminals_only() -> None:
    assert "\x1b[" in _rich(LINES[1], terminal=True)
    assert isinstance(screen_for(io.StringIO()), PlainScreen)


def test_a_line_names_who_what_and_in_how_many_milliseconds() -> None:
    assert plain(LINES[2]) == f"   1.30 s     21 ms    {'receipt metropolitan':<38} accepted"


def test_text_in_brackets_is_shown_as_it_is() -> None:
    assert "data.action.pre_brief[0].contact" in _rich(
        Line(0.0, Kind.RECEIPT, "merseyside", "rejected: data.action.pre_brief[0].contact"), terminal=False
    )


def test_the_clock_of_a_timeline_runs() -> None:
    out = io.StringIO()
    timeline = Timeline(PlainScreen(out))
    timeline.say(Kind.NOTE, "", "begins")
    assert timeline.elapsed >= 0
    assert out.getvalue().endswith("begins\n")
