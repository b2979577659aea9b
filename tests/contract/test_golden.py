"""Golden events of every type, read in each way that somebody reads them."""

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from shared.contracts.catalogue import MESSAGES, Message
from shared.contracts.envelope import as_document, decode
from shared.contracts.model import parse
from tests.contract.golden import FOLDER, golden, path_of
from tests.contract.schema_consumer import read, validator

every_message = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)


def test_every_message_has_one_and_none_is_left_over() -> None:
    there = {path.name.removesuffix(".json") for path in FOLDER.glob("*.json")}
    assert there == {message.name for message in MESSAGES}, "python -m tests.contract.golden"


@every_message
def test_by_todays_code(message: Message) -> None:
    event = decode(path_of(message.name).read_bytes())
    assert event.type == message.type
    assert as_document(event) == golden(message.name)
    parse(message.model, event.data)


@every_message
@pytest.mark.parametrize("side", ["producer", "consumer"])
def test_by_the_schemas(message: Message, side: str) -> None:
    validator(message.name, side).validate(golden(message.name))


@every_message
def test_by_the_cloudevents_sdk(message: Message) -> None:
    event = JSONFormat().read(CloudEvent, path_of(message.name).read_bytes())
    expected = golden(message.name)
    assert (event.get_id(), event.get_source(), event.get_type()) == (
        expected["id"],
        expected["source"],
        expected["type"],
    )
    assert event.get_data() == expected["data"]
    assert event.get_datacontenttype() == "application/json"


@every_message
def test_by_a_consumer_that_knows_the_schemas_alone(message: Message) -> None:
    for topic in message.topics:
        data = read(topic.replace("{code}", "kent"), path_of(message.name).read_bytes())
        assert data == golden(message.name)["data"]
