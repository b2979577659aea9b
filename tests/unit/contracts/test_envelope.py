"""The envelope: what is wrong is named by attribute and rule, what is right comes back as it went in."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import MAX_EVENT_BYTES, Envelope, check_size, claimed_id, decode, encode
from shared.kernel.errors import Rejected

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "urn:nclcc:org:kent",
    "type": "uk.nclcc.pursue-action.executed.v1",
    "time": "2026-11-20T18:03:00Z",
    "data": {"a": 1},
}


def raw(**changes: Any) -> bytes:
    document = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    return json.dumps(document).encode()


def problems(value: bytes | None) -> set[tuple[str, str]]:
    with pytest.raises(Rejected) as caught:
        decode(value)
    return {(error.field, error.rule) for error in caught.value.errors}


class TestDecode:
    def test_takes_a_plain_event(self) -> None:
        event = decode(raw())
        assert (event.id, event.source, event.data) == ("e-1", "urn:nclcc:org:kent", {"a": 1})
        assert event.time == datetime(2026, 11, 20, 18, 3, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, ("(message)", "tombstone")),
            (b"", ("(message)", "json")),
            (b"\xff\xfe", ("(message)", "json")),
            (b"{", ("(message)", "json")),
            (b"[1]", ("(message)", "cloudevent")),
            (b"x" * (1024 * 1024 + 1), ("(message)", "size")),
            (raw(id=...), ("id", "required")),
            (raw(id=7), ("id", "required")),
            (raw(id="a b"), ("id", "format")),
            (raw(source=""), ("source", "required")),
            (raw(type=...), ("type", "required")),
            (raw(specversion="0.3"), ("specversion", "supported")),
            (raw(time=...), ("time", "rfc3339")),
            (raw(time="yesterday"), ("time", "rfc3339")),
            (raw(time="2026-11-20T18:03:00"), ("time", "rfc3339")),
            (raw(data=...), ("data", "object")),
            (raw(data=[1]), ("data", "object")),
            (raw(correlationid="c" * 401), ("correlationid", "length")),
            (raw(subject="s" * 401), ("subject", "length")),
            (raw(datacontenttype="text/xml"), ("datacontenttype", "supported")),
        ],
    )
    def test_names_what_is_wrong(self, value: bytes | None, expected: tuple[str, str]) -> None:
        assert expected in problems(value)

    def test_says_everything_at_once(self) -> None:
        assert {field for field, _ in problems(raw(id=..., type=..., time="x"))} == {"id", "type", "time"}

    @given(st.binary(max_size=200))
    def test_whatever_comes_is_an_event_or_a_rejection(self, value: bytes) -> None:
        found: object = None
        try:
            found = decode(value)
        except Rejected as error:
            found = error.errors
        assert found

    def test_an_error_never_quotes_the_value(self) -> None:
        with pytest.raises(Rejected) as caught:
            decode(raw(id="SECRET VALUE", time="SECRET"))
        assert "SECRET" not in str([error.as_dict() for error in caught.value.errors])


def test_what_was_encoded_is_decoded() -> None:
    event = Envelope(
        id="1",
        source="urn:nclcc:service:tasking",
        type="t.v1",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        data={"x": [1, {"y": None}]},
        subject="s",
        partitionkey="p",
        correlationid="c",
        aggregateversion=3,
    )
    assert decode(encode(event)) == event


def test_an_unreadable_submission_may_still_say_its_id() -> None:
    assert claimed_id(raw(type=...)) == ("urn:nclcc:org:kent", "e-1")
    assert claimed_id(b"{") == (None, None)
    assert claimed_id(b'{"id": 7}') == (None, None)


def test_an_event_above_256_kb_is_refused() -> None:
    with pytest.raises(Rejected):
        check_size(b"x" * (MAX_EVENT_BYTES + 1))


@pytest.mark.parametrize("attribute", ["id", "source", "type"])
def test_a_line_break_at_the_end_is_no_visible_character(attribute: str) -> None:
    assert (attribute, "format") in problems(raw(**{attribute: f"{GOOD[attribute]}\n"}))
    assert claimed_id(raw(id="e-1\n"))[1] is None
