"""The files of the checkout that the architecture tests look at."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CODE: Final = ("nclcc", "services", "shared", "tests")
EVERYTHING: Final = (*CODE, "deploy", "docs", "requirements", ".ci")
LEFT_BEHIND: Final = {"__pycache__", "node_modules", "secrets"}
TOP: Final = (
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Makefile",
    "NOTICE",
    "README.md",
    "docker-compose.yml",
    "pyproject.toml",
)


def python_files(*folders: str) -> Iterator[Path]:
    """Every module below these folders of the checkout."""
    for folder in folders or CODE:
        yield from sorted((ROOT / folder).rglob("*.py"))


def all_files() -> Iterator[Path]:
    """Every text file that is part of the product; what a run or a build left behind is not."""
    for folder in EVERYTHING:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and not LEFT_BEHIND & set(path.parts) and path.suffix != ".png":
                yield path
    yield from (ROOT / name for name in TOP)


def named(path: Path) -> str:
    """The path as one writes it in the checkout."""
    return path.relative_to(ROOT).as_posix()
