"""The AsyncAPI 3.0 document: every topic with its Kafka settings, what travels on it, who sends and who receives."""

from typing import Any, Final

from nclcc.contracts.schemas import example
from shared.contracts.catalogue import MESSAGES, Form, Message, messages_on
from shared.contracts.topics import CODE, INTERNAL, ORGANISATION_TOPICS, Topic

_BINDING: Final = "0.5.0"
_SCHEMA_FORMAT: Final = "application/schema+json;version=draft-07"
_ABOUT: Final = """\
What the national county lines co-ordination centre says and hears, as CloudEvents 1.0 in structured JSON.

- `org.{code}.*` are an organisation's own: only it may write to `pursue`, `intel` and `responses`, only it may read
  its `inbox`. The topic's name proves who speaks.
- `national.*` are for principals cleared for them. All other topics are for the services among themselves.
- The key of a message is its aggregate's opaque id (a receipt's: the organisation), and order is promised for each key.
- Each message names the closed schema if an organisation produces it, and the open one if it is to be consumed:
  unknown fields and unknown values of an enumeration must be let through. The other form lies beside it.
- Dead letters of a reader lie in `<topic>.<group>.dlt`, with the same access and retention as their source.
"""


def document() -> dict[str, Any]:
    """The whole document; the same code always gives the same."""
    topics = [*INTERNAL, *(kind.of("{code}") for kind in ORGANISATION_TOPICS)]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "National County Lines Co-ordination Centre", "version": "1.0.0", "description": _ABOUT},
        "defaultContentType": "application/cloudevents+json",
        "servers": {"kafka": _server()},
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": {name: body for topic in topics for name, body in _operations(topic).items()},
        "components": {
            "messages": {message.name: _message(message) for message in MESSAGES},
            "securitySchemes": {"scram": {"type": "scramSha512", "description": "One principal per organisation."}},
        },
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{host}:{port}",
        "protocol": "kafka-secure",
        "description": "The deployment's brokers; its operator gives the address with the credentials.",
        "variables": {"host": {"default": "localhost"}, "port": {"default": "9092"}},
        "security": [{"$ref": "#/components/securitySchemes/scram"}],
        "bindings": {"kafka": {"bindingVersion": _BINDING}},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": topic.name,
        "description": topic.about + ".",
        "messages": {
            message.name: {"$ref": f"#/components/messages/{message.name}"} for message in messages_on(topic.name)
        },
        "bindings": {"kafka": _channel_binding(topic)},
    }
    if "{code}" in topic.name:
        words = f"The organisation's immutable code; matches {CODE}."
        channel["parameters"] = {"code": {"description": words, "examples": ["kent"]}}
    return channel


def _channel_binding(topic: Topic) -> dict[str, Any]:
    settings: dict[str, Any] = {name: int(value) for name, value in topic.config.items() if value.isdigit()}
    return {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": {"cleanup.policy": [topic.cleanup], **settings},
        "bindingVersion": _BINDING,
    }


def _operations(topic: Topic) -> dict[str, Any]:
    """Who sends, and one operation for each group that receives."""
    channel = {"$ref": "#/channels/" + topic.name.replace("{", "%7B").replace("}", "%7D")}
    found: dict[str, Any] = {}
    if topic.writer != "{code}":
        found[f"{topic.writer}.sends.{topic.name}"] = {"action": "send", "channel": channel}
    for group in topic.readers:
        binding = {"kafka": {"groupId": {"type": "string", "const": group}, "bindingVersion": _BINDING}}
        found[f"{group}.receives.{topic.name}"] = {"action": "receive", "channel": channel, "bindings": binding}
    return found


def _message(message: Message) -> dict[str, Any]:
    side = "producer" if message.form is Form.SUBMISSION else "consumer"
    return {
        "name": message.type,
        "title": message.about,
        "description": f"For: {message.audience}.",
        "contentType": "application/cloudevents+json",
        "payload": {
            "schemaFormat": _SCHEMA_FORMAT,
            "schema": {"$ref": f"./schemas/{message.name}.{side}.schema.json"},
        },
        "bindings": {"kafka": {"key": _key(message), "bindingVersion": _BINDING}},
        "examples": [{"name": "invented", "payload": example(message)}],
    }


def _key(message: Message) -> dict[str, Any]:
    return {"type": "string", "description": "The aggregate's opaque id; order is kept for each key."}
