"""The log channel's file is read line by line while it grows, and answers are found in pages and messages."""

import json
from pathlib import Path

from nclcc.demo.link_page import answer_form, page_state
from nclcc.demo.watcher import LogFile
from shared.contracts.protect import AnswerKind


def _line(reference: str) -> bytes:
    found = {
        "reference": reference,
        "urgency": "urgent",
        "link": "http://127.0.0.1:1/a/x",
        "to": "kent/safeguarding Maeve Okonjo-Hart",
        "at": "2026-11-23T20:00:00+00:00",
    }
    return json.dumps(found).encode() + b"\n"


def test_a_file_that_is_not_there_yet_holds_nothing(tmp_path: Path) -> None:
    assert LogFile(tmp_path / "absent").new_lines() == []


def test_each_line_is_read_once_and_one_that_is_being_written_waits(tmp_path: Path) -> None:
    path = tmp_path / "log"
    second = _line("NC-0000-0002")
    path.write_bytes(_line("NC-0000-0001") + second[:20])
    log = LogFile(path)
    assert [one.reference for one in log.new_lines()] == ["NC-0000-0001"]
    assert log.new_lines() == []
    with path.open("ab") as file:
        file.write(second[20:])
    [read] = log.new_lines()
    assert (read.reference, read.desk) == ("NC-0000-0002", "kent/safeguarding")


def test_a_page_is_compared_by_its_words() -> None:
    assert page_state("<p>Alert <b>NC</b></p>\n") == page_state("<p>Alert</p> NC")


def test_a_form_says_what_who_and_why() -> None:
    assert answer_form(AnswerKind.DECLINED, "Piers", "not ours") == {
        "said": "declined",
        "by": "Piers",
        "reason": "not ours",
    }
    assert answer_form(AnswerKind.ACKNOWLEDGED, "Piers", None)["said"] == "seen"
