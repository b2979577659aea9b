"""Where the official JSON Schema of AsyncAPI 3.0 is, once npm has installed it."""

from pathlib import Path
from typing import Final

SCHEMA: Final = Path(__file__).parent / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0-without-$id.json"
