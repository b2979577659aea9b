"""The published schemas: as the code says, closed for producers, open for consumers."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from jsonschema import ValidationError

from nclcc.contracts import drift
from nclcc.contracts.schemas import example
from shared.contracts.catalogue import MESSAGES, Form, Message
from shared.contracts.model import Contract
from tests.contract.schema_consumer import validator

every_message = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)


def objects(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every object in an event, with its path; what is free by contract is left out."""
    if isinstance(value, dict):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        if key != "minimum":
            yield from objects(part, (*path, key))


def test_committed_files_are_what_the_code_says() -> None:
    assert drift() == [], "run `make contracts` and commit what it writes"


def test_names_are_unique() -> None:
    assert len({message.name for message in MESSAGES}) == len(MESSAGES)


@every_message
def test_the_example_fits_model_and_schemas(message: Message) -> None:
    message.model.model_validate(message.example)
    for side in ("producer", "consumer"):
        validator(message.name, side).validate(example(message))


@every_message
def test_a_producers_unknown_field_is_refused_by_name(message: Message) -> None:
    for path, _ in objects(example(message)):
        changed = deepcopy(example(message))
        at: Any = changed
        for key in path:
            at = at[key]
        at["unknown_field"] = 1
        errors = [text for error in validator(message.name, "producer").iter_errors(changed) for text in _told(error)]
        assert any("unknown_field" in text for text in errors) or any("is not valid under any" in t for t in errors), (
            path
        )


@every_message
def test_a_consumer_lets_unknown_fields_through(message: Message) -> None:
    changed = deepcopy(example(message))
    for _, found in list(objects(changed)):
        found["unknown_field"] = {"anything": [1]}
    validator(message.name).validate(changed)


@every_message
def test_a_consumer_lets_unknown_values_of_an_enumeration_through(message: Message) -> None:
    schema = validator(message.name).schema
    assert "enum" not in _keys_outside_unions(schema)


@every_message
def test_a_consumer_still_sees_a_wrong_shape(message: Message) -> None:
    for wrong in ({**example(message), "data": "text"}, {**example(message), "time": "never"}):
        assert not validator(message.name).is_valid(wrong)


@every_message
def test_an_outward_form_tells_nothing_of_who_else_was_told(message: Message) -> None:
    if message.form in (Form.INBOX, Form.NATIONAL):
        hidden = {"partitionkey", "correlationid", "causationid", "traceparent", "handlingcode", "audience"}
        schema: Any = validator(message.name, "producer").schema
        assert not (hidden | {"aggregateversion"}) & schema["properties"].keys()
        fields = schema["properties"]["data"]["properties"]
        assert not {"named", "acting_contact", "sealed", "together", "backfill", "operation_name"} & fields.keys()


@pytest.mark.parametrize("model", {message.model for message in MESSAGES}, ids=lambda model: model.__name__)
def test_examples_set_every_field(model: type[Contract]) -> None:
    given = [message.example for message in MESSAGES if message.model is model]
    seen = {name for example in given for name, value in example.items() if value is not None}
    assert seen == set(model.model_fields)


def _told(error: ValidationError) -> list[str]:
    """What an error says, and what those say that it stands for."""
    return [error.message, *(text for part in error.context or () for text in _told(part))]


def _keys_outside_unions(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*(_keys_outside_unions(one) for one in schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    if {"type": "string"} in schema.get("anyOf", []):
        return set()
    found = {key for key in schema if key == "enum" and isinstance(schema[key], list)}
    return found.union(*(_keys_outside_unions(value) for key, value in schema.items() if key != "examples"))
