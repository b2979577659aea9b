"""What the documents say that can be checked: code blocks, tables, links, commands."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.architecture.tree import ROOT

DOCUMENTS: Final = tuple(
    sorted(
        [
            *ROOT.glob("*.md"),
            *(path for path in (ROOT / "docs").rglob("*.md") if "contracts" not in path.parts),
            ROOT / "services/safeguarding/playbook/README.md",
        ]
    )
)
_BLOCK: Final = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def blocks(path: Path, language: str) -> Iterator[str]:
    """The fenced blocks of one language."""
    for found, body in _BLOCK.findall(path.read_text(encoding="utf-8")):
        if found == language:
            yield body


def rows(path: Path) -> Iterator[list[str]]:
    """Every row of every table, cell by cell, the heads and rules included."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def links(path: Path) -> Iterator[str]:
    """Where the links of a document lead."""
    yield from _LINK.findall(path.read_text(encoding="utf-8"))


def spoken(path: Path) -> str:
    """All that stands in code spans and shell blocks."""
    text = path.read_text(encoding="utf-8")
    return "\n".join([*re.findall(r"`([^`\n]+)`", text), *blocks(path, "sh")])


def anchors(path: Path) -> set[str]:
    """The anchors that a document's headings make."""
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
