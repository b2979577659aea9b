"""JSON Schemas (draft-07, which every tool reads) of each event: closed for who produces it, open for who consumes it.

The consumers' form takes unknown fields and unknown values of every enumeration, and bounds nothing: what is added or
widened later must not break a consumer that checks against the schema of today.
"""

from copy import deepcopy
from typing import Any, Final

from shared.contracts.catalogue import Form, Message
from shared.contracts.envelope import as_document

Schema = dict[str, Any]

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
_BOUNDS: Final = frozenset(
    {"minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "pattern", "uniqueItems"}
)
_NOISE: Final = frozenset({"title", "default"})


def producer_schema(message: Message) -> Schema:
    """The closed form: an unknown field is refused."""
    data = _tidied(message.model.model_json_schema(ref_template="#/definitions/{model}"))
    definitions = data.pop("$defs", {})
    data["description"] = message.about + "."
    envelope = _envelope(message, data)
    return {
        "$schema": DIALECT,
        "$id": f"urn:nclcc:schema:{message.name}:producer",
        "title": message.name,
        **envelope,
        **({"definitions": used} if (used := _used(envelope, definitions)) else {}),
        "examples": [example(message)],
    }


def consumer_schema(message: Message) -> Schema:
    """The open form of the same."""
    schema = _opened(producer_schema(message))
    assert isinstance(schema, dict)
    schema["$id"] = f"urn:nclcc:schema:{message.name}:consumer"
    schema["properties"]["type"] = {"const": message.type}
    schema["examples"] = [example(message)]
    return schema


def example(message: Message) -> dict[str, Any]:
    """A whole event, in the form that goes on the wire."""
    return as_document(message.event())


def _envelope(message: Message, data: Schema) -> Schema:
    text: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
    properties: Schema = {
        "specversion": {"const": "1.0"},
        "id": text | {"description": "With `source`, names this event: the same pair is the same event."},
        "source": text | _source(message),
        "type": {"const": message.type},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "subject": text,
        "dataschema": {"type": "string", "format": "uri-reference"},
        **_extensions(message.form),
        "data": data,
    }
    required = ["specversion", "id", "source", "type", "time", "data"]
    if message.form is Form.INBOX:
        required.insert(5, "sequence")
    return {
        "description": f"{message.about}. For: {message.audience}.",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _source(message: Message) -> Schema:
    if message.form is Form.SUBMISSION:
        return {"pattern": "^urn:nclcc:org:[a-z0-9][a-z0-9-]{0,58}[a-z0-9]$"}
    if message.form is Form.INTERNAL:
        return {"pattern": "^urn:nclcc:service:[a-z]+$"}
    return {"const": message.sender}


def _extensions(form: Form) -> Schema:
    """An inbox has none of those that tell who else was told, how it is graded, or that something was hidden."""
    text: Schema = {"type": "string", "minLength": 1}
    if form is Form.INBOX:
        return {"sequence": {"type": "integer", "minimum": 1, "description": "Gapless for each recipient."}}
    if form is Form.NATIONAL:
        return {}
    traced: Schema = {name: text for name in ("partitionkey", "correlationid", "causationid", "traceparent")}
    if form is Form.SUBMISSION:
        return traced
    version = {"type": "integer", "minimum": 1, "description": "Counts from 1 within `subject`; drop a lower one."}
    return {**traced, "handlingcode": text, "audience": text, "aggregateversion": version}


def _tidied(schema: Any) -> Any:
    """Without what only repeats a field's name or says what is left out anyway."""
    if isinstance(schema, list):
        return [_tidied(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    named = {"properties", "$defs"}
    return {
        name: {key: _tidied(one) for key, one in value.items()} if name in named else _tidied(value)
        for name, value in schema.items()
        if name not in _NOISE
    }


def _opened(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_opened(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    named = {"properties", "definitions"}
    opened = {
        name: {key: _opened(one) for key, one in value.items()} if name in named else _opened(value)
        for name, value in schema.items()
        if name not in _BOUNDS and name != "examples"
    }
    if opened.get("additionalProperties") is False:
        opened["additionalProperties"] = True
    return _widened(opened)


def _widened(schema: Schema) -> Schema:
    """An enumeration of texts that also takes a text that it does not know yet."""
    values = schema.pop("enum", None)
    if values is None and isinstance(schema.get("const"), str) and schema["const"] != "1.0":
        values = [schema.pop("const")]
    if values is None:
        return schema
    schema.pop("type", None)
    return {**schema, "anyOf": [{"enum": values}, {"type": "string"}]}


def _used(schema: Any, definitions: Schema) -> Schema:
    """Those definitions that the schema needs, by name."""
    needed: set[str] = set()
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            name = str(part.get("$ref", "")).removeprefix("#/definitions/")
            if name in definitions and name not in needed:
                needed.add(name)
                waiting.append(definitions[name])
            waiting.extend(part.values())
    return {name: deepcopy(definitions[name]) for name in sorted(needed)}
