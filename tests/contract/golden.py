"""Golden events: one of each message as it was when it was first released. They are added and never changed.

`python -m tests.contract.golden` writes those that are missing.
"""

from pathlib import Path
from typing import Any, Final

import orjson

from nclcc.contracts.schemas import example
from shared.contracts.catalogue import MESSAGES

FOLDER: Final = Path(__file__).parent / "golden"


def path_of(name: str) -> Path:
    """Where the golden event of a message is."""
    return FOLDER / f"{name}.json"


def golden(name: str) -> dict[str, Any]:
    """The golden event of a message."""
    event: dict[str, Any] = orjson.loads(path_of(name).read_bytes())
    return event


def main() -> None:
    """Write what is missing."""
    for message in MESSAGES:
        if not path_of(message.name).exists():
            path_of(message.name).write_bytes(orjson.dumps(example(message), option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
