"""What our own dead letters may keep of a message on the intel topic."""

from datetime import UTC, datetime

from services.intel.refusal import storable
from shared.bus.record import Record


def record(value: bytes) -> Record:
    return Record("org.kent.intel.v1", 0, 1, b"k", value, (), datetime(2026, 1, 1, tzinfo=UTC))


def test_nothing_of_a_secret_report() -> None:
    assert storable(record(b'{"data": {"marking": "SECRET", "provenance": "x"}}')).value is None
    assert storable(record(b'{"data": {"items": [{"marking": "TOP SECRET"}]}}')).value is None


def test_all_of_any_other() -> None:
    for value in (b'{"data": {"marking": "OFFICIAL"}}', b"no json"):
        assert storable(record(value)).value == value
