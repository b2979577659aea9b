"""A consumer that knows the published schemas and nothing of the code that wrote them."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft7Validator, FormatChecker

SCHEMAS: Final = Path(__file__).parents[2] / "docs" / "contracts" / "schemas"


@cache
def validator(name: str, side: str = "consumer") -> Draft7Validator:
    """The validator of a message's published schema."""
    schema = json.loads((SCHEMAS / f"{name}.{side}.schema.json").read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema, format_checker=FormatChecker())


def read(topic: str, raw: bytes) -> dict[str, Any]:
    """The data of a message on a topic; raises jsonschema's ValidationError where it breaks its schema."""
    event = json.loads(raw)
    validator(event["type"] + _suffix(topic)).validate(event)
    data: dict[str, Any] = event["data"]
    return data


def _suffix(topic: str) -> str:
    if topic.startswith("national."):
        return ".national"
    return ".inbox" if topic.startswith("org.") and topic.endswith(".inbox.v1") else ""
