"""House rules that hold for every file: size, purpose, names, and nothing of the machine that it was written on."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.architecture.tree import ROOT, all_files, named, python_files

LONGEST: Final = 400
KAFKA: Final = {"aiokafka", "confluent_kafka"}
VAGUE: Final = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}
# Written in two halves, so that this file does not hold what it looks for.
UNFINISHED: Final = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
TURNED_OFF: Final = re.compile(r"mark\.(?:sk" + r"ip|xf" + r"ail)|pytest\.(?:sk" + r"ip|xf" + r"ail)\(")
REGISTRY: Final = re.compile(
    r"(?i)\b(?:pypi|files\.pythonhosted|test\.pypi)\.org\b|\brepo1?\.maven\.(?:apache\.)?org\b"
    r"|\bregistry(?:-\d)?\.(?:npmjs|docker|k8s)\.\w+\b|\b(?:ghcr|quay|gcr|docker)\.io\b|\bartifactory\b|\bnexus\.\w+\."
)
MACHINE: Final = re.compile(r"(?<![\w.~$}-])/(?:work|root|Users/\w+|home/\w+|tmp/\w+)/")


def test_no_file_is_longer_than_400_lines() -> None:
    long = {named(path): count for path in python_files() if (count := len(path.read_text().splitlines())) > LONGEST}
    assert not long


def test_every_module_opens_with_one_sentence_of_purpose() -> None:
    without = []
    for path in python_files():
        source = path.read_text(encoding="utf-8")
        if source.strip():
            first = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0]
            if not re.fullmatch(r"(?s)[A-Z0-9`].*[.!?:]", first.strip()):
                without.append(named(path))
    assert not without


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [named(path) for path in python_files() if VAGUE & {path.stem, *path.parent.parts[-1:]}]


def test_nothing_is_left_for_later_or_turned_off() -> None:
    assert not list(_found(UNFINISHED, all_files()))
    assert not list(_found(TURNED_OFF, python_files("tests")))


def test_no_file_names_a_registry_or_a_place_on_somebodys_machine() -> None:
    assert not list(_found(REGISTRY, all_files()))
    assert not list(_found(MACHINE, all_files()))


def test_only_the_bus_and_outside_clients_import_a_kafka_library() -> None:
    """Beside import-linter, which does not look at imports for type checking only."""
    allowed = _may_speak_kafka()
    others = [path for path in python_files("nclcc", "services", "shared") if not allowed.fullmatch(_module(path))]
    assert not [named(path) for path in others if KAFKA & set(_imported(path))]


def test_the_kernel_stands_on_the_standard_library_alone() -> None:
    outside = {
        name
        for path in python_files("shared/kernel")
        for name in _imported(path)
        if name not in sys.stdlib_module_names
    }
    assert outside <= {"shared"}


def _may_speak_kafka() -> re.Pattern[str]:
    """The bus, and what the layer contract names as playing an outside client."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = [one for one in contracts if one["name"] == "Only the bus speaks to Kafka"]
    importers = {"shared.bus.**", *(one.split(" -> ")[0] for one in contract["ignore_imports"])}
    assert all(one.startswith(("shared.bus.", "nclcc.")) for one in importers)
    patterns = [re.escape(one).replace(r"\*\*", r".+").replace(r"\*", r"[^.]+") for one in importers]
    return re.compile("|".join(patterns))


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imported(path: Path) -> Iterator[str]:
    """The top-level packages that a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _found(pattern: re.Pattern[str], paths: Iterator[Path]) -> Iterator[str]:
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if pattern.search(line):
                yield f"{named(path)}:{number}"
