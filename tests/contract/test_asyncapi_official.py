"""The AsyncAPI document against AsyncAPI's own JSON Schema."""

import json

import yaml
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from nclcc.contracts.files import CHECKOUT
from tests.contract.official import SCHEMA


def test_the_document_is_valid_asyncapi_3() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    document = yaml.safe_load((CHECKOUT / "asyncapi.yaml").read_text(encoding="utf-8"))
    error = best_match(Draft7Validator(schema).iter_errors(document))
    assert error is None, f"{error.json_path}: {error.message[:300]}"


def test_the_schema_notices_what_is_wrong() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    document = yaml.safe_load((CHECKOUT / "asyncapi.yaml").read_text(encoding="utf-8"))
    channel = next(iter(document["channels"].values()))
    channel["bindings"]["kafka"]["partitions"] = "six"
    assert not Draft7Validator(schema).is_valid(document)
