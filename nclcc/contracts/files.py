"""Writes the generated contracts, and says where committed files and code disagree."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from nclcc.contracts import asyncapi
from nclcc.contracts.schemas import consumer_schema, producer_schema
from shared.contracts.catalogue import MESSAGES

CHECKOUT: Final = Path(__file__).parents[2] / "docs" / "contracts"
"""Where the files are committed."""


def generate() -> Mapping[str, str]:
    """Path below the contracts' folder to content; the same code always gives the same bytes."""
    files = {}
    for message in MESSAGES:
        files[f"schemas/{message.name}.producer.schema.json"] = _json(producer_schema(message))
        files[f"schemas/{message.name}.consumer.schema.json"] = _json(consumer_schema(message))
    files["asyncapi.yaml"] = _yaml(asyncapi.document())
    return files


def write(folder: Path = CHECKOUT) -> list[str]:
    """Bring the folder up to date; returns the paths that changed, a removed one too."""
    changed = drift(folder)
    files = generate()
    for path in changed:
        if path not in files:
            (folder / path).unlink()
            continue
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(files[path], encoding="utf-8")
    return changed


def drift(folder: Path = CHECKOUT) -> list[str]:
    """The paths whose committed content is not what the code says, missing and superfluous ones included."""
    files = generate()
    found = {path for path, content in files.items() if _content(folder / path) != content}
    there = {str(path.relative_to(folder)) for path in folder.glob("schemas/*.json")}
    return sorted(found | (there - files.keys()))


def _content(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _json(document: Any) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


class _Dumper(yaml.SafeDumper):
    """Writes every list and object out: an anchor would tie one place of the document to another."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def _yaml(document: Any) -> str:
    head = "# Generated from the code by `nclcc contracts`; a test fails when the two disagree.\n"
    return head + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)
