"""Where a submission goes, and under which key."""

from typing import Any

import orjson
import pytest

from nclcc.addressing import Unaddressed, key_of, organisation_of_source, read_events, topic_of
from shared.contracts.catalogue import MESSAGES, Form
from shared.contracts.envelope import as_document
from shared.contracts.topics import organisation_of

SUBMISSIONS = [message for message in MESSAGES if message.form is Form.SUBMISSION]


@pytest.mark.parametrize("message", SUBMISSIONS, ids=lambda message: message.type)
def test_every_submission_finds_its_topic_and_key(message: Any) -> None:
    event = as_document(message.event())
    code = organisation_of_source(event)
    assert [topic_of(event)] == [topic.replace("{code}", code) for topic in message.topics]
    assert organisation_of(topic_of(event)) == code
    expected = [event["data"].get(name) for name in ("action_id", "line_id", "task")]
    assert key_of(event) == next((key for key in expected if key), event["id"])


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({}, "type"),
        ({"source": "urn:nclcc:org:kent", "type": "something.else"}, "type"),
        ({"source": "urn:nclcc:service:tasking", "type": "uk.nclcc.line.declared.v1"}, "source"),
        ({"source": "urn:nclcc:org:Kent", "type": "uk.nclcc.line.declared.v1"}, "source"),
    ],
)
def test_what_says_too_little_is_not_sent(event: dict[str, Any], words: str) -> None:
    with pytest.raises(Unaddressed, match=words):
        topic_of(event)


def test_an_unknown_verb_still_goes_to_the_pursue_topic() -> None:
    event = {"source": "urn:nclcc:org:kent", "type": "uk.nclcc.pursue-action.paused.v1"}
    assert topic_of(event) == "org.kent.pursue.v1"


@pytest.mark.parametrize("event", [{}, {"id": 3}, {"data": []}])
def test_an_event_without_any_id_has_no_key(event: dict[str, Any]) -> None:
    assert key_of(event) is None


class TestFiles:
    def test_one_object(self) -> None:
        assert list(read_events(b'{"id": "a"}')) == [{"id": "a"}]

    def test_an_array(self) -> None:
        assert list(read_events(orjson.dumps([{"id": "a"}, {"id": "b"}]))) == [{"id": "a"}, {"id": "b"}]

    def test_a_line_each(self) -> None:
        assert list(read_events(b'{"id": "a"}\n\n{"id": "b"}\n')) == [{"id": "a"}, {"id": "b"}]

    @pytest.mark.parametrize(
        ("raw", "words"), [(b'{"id": 1}\nx\n', "line 2 is no JSON"), (b"[1]", "event 1"), (b"3\n4\n", "line 1")]
    )
    def test_what_is_wrong_is_named_by_its_line(self, raw: bytes, words: str) -> None:
        with pytest.raises(Unaddressed, match=words):
            list(read_events(raw))
