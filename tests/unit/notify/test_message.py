"""A message has room for a reference, an urgency and a link, and for nothing else."""

from dataclasses import fields as fields_of
from uuid import UUID

import pytest

from services.notify.channels.message import Address, Message, Urgency, alert_reference
from services.notify.channels.wording import lines

REFERENCE = alert_reference(UUID("01234567-89ab-8def-8123-456789abcdef"))


def message(
    reference: str = REFERENCE,
    urgency: Urgency = "urgent",
    link: str | None = "https://alerts.example/a/Zx_9-k",
    phone: bool = False,
    attempt: str = "attempt-0001",
) -> Message:
    return Message(reference, urgency, link, phone, attempt)


def test_the_fields_are_these_and_no_more() -> None:
    assert [one.name for one in fields_of(Message)] == [
        "reference",
        "urgency",
        "link",
        "phone_control_room",
        "attempt_reference",
    ]


def test_a_reference_is_short_stable_and_can_be_read_out() -> None:
    assert alert_reference(UUID("01234567-89ab-8def-8123-456789abcdef")) == REFERENCE
    assert len(REFERENCE) == 12
    assert not set(REFERENCE[3:]) & set("ILOU")


@pytest.mark.parametrize("wrong", ["", "Jane Smith", "07700900123", "NC-7K2M 4 Hill", "nc-7K2M", "OP-LARCH"])
def test_a_reference_holds_no_free_text(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^reference is not a short alert reference$"):
        message(reference=wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        "http://alerts.example/a/x",
        "https://alerts.example/a?name=jane",
        "https://alerts.example/a#jane",
        "https://user@alerts.example/a",
        "https://alerts.example/a b",
        "https://alerts.example/a\nJane",
        "https://alerts.example/a\n",
        "javascript:alert(1)",
    ],
)
def test_a_link_is_a_path_and_nothing_appended(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^link is not a plain https link$"):
        message(link=wrong)


@pytest.mark.parametrize("wrong", ["short", "has space", "a" * 65, "dot.dot.dot", "line\nbreak"])
def test_an_attempt_reference_fits_every_provider(wrong: str) -> None:
    with pytest.raises(ValueError, match="attempt_reference"):
        message(attempt=wrong)


def test_only_life_risk_says_to_phone() -> None:
    with pytest.raises(ValueError, match="phone_control_room"):
        message(phone=True)
    said = lines(message(urgency="life_risk", phone=True))
    assert said == [
        f"RISK TO LIFE: alert {REFERENCE}.",
        "Phone the control room now.",
        "https://alerts.example/a/Zx_9-k",
    ]


def test_the_text_is_urgency_reference_and_link() -> None:
    assert lines(message(link=None, urgency="routine")) == [f"Routine: alert {REFERENCE}."]


def test_a_repr_shows_no_address_and_no_secret() -> None:
    assert "secret" not in repr(Address("webhook", "https://kent.example/hook", "whsec_c2VjcmV0"))
    assert "kent" not in repr(Address("webhook", "https://kent.example/hook", "whsec_c2VjcmV0"))
