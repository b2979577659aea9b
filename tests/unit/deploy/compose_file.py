"""The compose file as compose reads it: parsed, merged, its variables filled in from an environment."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[3]
SERVICES: Final = ("intel", "tasking", "safeguarding", "notify")
VARIABLE: Final = re.compile(r"\$\{([A-Z0-9_]+)(:\?[^}]+)?([^}]*)\}")


def compose() -> dict[str, Any]:
    """The file, YAML's merges done, variables not yet filled in."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return document


def filled(value: Any, environment: Mapping[str, str]) -> Any:
    """`value` with every variable replaced; KeyError for one that the environment lacks, as compose would refuse."""
    if isinstance(value, dict):
        return {key: filled(one, environment) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, environment) for one in value]
    return VARIABLE.sub(lambda found: environment[found[1]], value) if isinstance(value, str) else value


def strings(value: Any) -> Iterator[str]:
    """Every string in a parsed document, keys too."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from strings(key)
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str):
        yield value


def read_env(path: Path) -> dict[str, str]:
    """An .env file as a mapping."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
