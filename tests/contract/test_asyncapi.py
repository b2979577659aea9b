"""The AsyncAPI document: complete, true to the topics, and with examples that fit."""

from typing import Any

import pytest
import yaml

from nclcc.contracts.files import CHECKOUT
from shared.contracts.catalogue import MESSAGES, Form
from shared.contracts.topics import AUDIT_CHECKPOINTS, INTERNAL, ORGANISATION_TOPICS, Topic
from tests.contract.schema_consumer import validator

TOPICS = [*INTERNAL, *(kind.of("{code}") for kind in ORGANISATION_TOPICS)]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((CHECKOUT / "asyncapi.yaml").read_text(encoding="utf-8"))
    return read


def test_every_topic_is_a_channel(document: dict[str, Any]) -> None:
    assert set(document["channels"]) == {topic.name for topic in TOPICS}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_channel_says_how_its_topic_is_kept(document: dict[str, Any], topic: Topic) -> None:
    binding = document["channels"][topic.name]["bindings"]["kafka"]
    settings = binding["topicConfiguration"]
    assert binding["partitions"] == topic.partitions
    assert settings["cleanup.policy"] == [topic.cleanup]
    assert {name: str(value) for name, value in settings.items() if name != "cleanup.policy"} == {
        name: value for name, value in topic.config.items() if name != "cleanup.policy"
    }


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_channel_carries_something(document: dict[str, Any], topic: Topic) -> None:
    assert document["channels"][topic.name]["messages"]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_who_sends_and_who_receives(document: dict[str, Any], topic: Topic) -> None:
    reference = {"$ref": "#/channels/" + topic.name.replace("{", "%7B").replace("}", "%7D")}
    mine = [one for one in document["operations"].values() if one["channel"] == reference]
    groups = {one["bindings"]["kafka"]["groupId"]["const"] for one in mine if one["action"] == "receive"}
    assert groups == set(topic.readers)
    assert [one["action"] for one in mine].count("send") == (topic.writer != "{code}")


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_examples_fit_the_schema_that_the_message_names(document: dict[str, Any], message: Any) -> None:
    described = document["components"]["messages"][message.name]
    path = CHECKOUT / described["payload"]["schema"]["$ref"]
    side = "producer" if message.form is Form.SUBMISSION else "consumer"
    assert path.resolve() == (CHECKOUT / "schemas" / f"{message.name}.{side}.schema.json").resolve()
    for example in described["examples"]:
        validator(message.name, side).validate(example["payload"])


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    for channel in document["channels"].values():
        for reference in channel["messages"].values():
            assert reference["$ref"].removeprefix("#/components/messages/") in document["components"]["messages"]


def test_what_is_sealed_is_on_no_organisations_topic() -> None:
    assert not [topic for topic in TOPICS if topic.sealed and (topic.name.startswith(("org.", "national.")))]
    assert AUDIT_CHECKPOINTS in {topic.name for topic in TOPICS}
