"""What the outward contracts promise is what the disclosure rules let through, no more and no less."""

import pytest

from shared.contracts.catalogue import MESSAGES, Form
from shared.contracts.model import Contract
from shared.contracts.outward import InboxReceipt, InboxTask, NationalAction, NationalTask
from shared.disclosure import Audience
from shared.disclosure.fields import FIELDS

READERS = {
    InboxReceipt: ("receipt", {Audience.ACTING}),
    InboxTask: ("protect_task", {Audience.RECIPIENT, Audience.ACTING}),
    NationalTask: ("protect_task", {Audience.NATIONAL}),
    NationalAction: ("pursue_action", {Audience.NATIONAL}),
}


@pytest.mark.parametrize("model", READERS, ids=lambda model: model.__name__)
def test_fields(model: type[Contract]) -> None:
    kind, audiences = READERS[model]
    allowed = [FIELDS[kind, audience] for audience in audiences]
    assert model.model_fields.keys() == frozenset().union(*allowed)
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    assert required <= frozenset.intersection(*allowed)


def test_every_outward_contract_is_held_to_the_rules() -> None:
    outward = {message.model for message in MESSAGES if message.form in (Form.INBOX, Form.NATIONAL)}
    assert outward == READERS.keys()
