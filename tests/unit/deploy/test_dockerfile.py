"""The services' image: pinned, not root, and made only of what is there."""

import re
from typing import Final

import pytest

from tests.unit.deploy.compose_file import ROOT

TEXT: Final = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
LINES: Final = re.sub(r"\\\n\s*", "", TEXT).splitlines()
COPIES: Final = [
    source
    for line in LINES
    if line.startswith("COPY ") and "--from" not in line
    for source in line.split()[1:-1]
    if not source.startswith("--")
]


@pytest.mark.parametrize("source", COPIES)
def test_what_is_copied_exists_and_reaches_the_builder(source: str) -> None:
    assert (ROOT / source).exists()
    ignore = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignore[1] == "*"
    assert f"!{source}" in ignore


def test_base_images_are_pinned_and_have_the_python_that_is_developed_on() -> None:
    bases = [line.split()[1] for line in LINES if line.startswith("FROM ")]
    assert bases
    assert all(re.fullmatch(r"python:3\.11\.\d+-slim-\w+", base) for base in bases)


def test_what_is_installed_is_pinned_with_hashes() -> None:
    installs = [line for line in LINES if re.search(r"pip install", line)]
    assert [("--require-hashes" in line) or ("--no-deps" in line) for line in installs] == [True, True]


def test_the_image_ends_as_an_account_that_is_not_root() -> None:
    users = [line.split()[1] for line in LINES if line.startswith("USER ")]
    assert users == ["nclcc"]
    assert re.search(r"useradd .*--uid 10001 ", TEXT)
    last = LINES[LINES.index("USER nclcc") :]
    assert not [line for line in last if line.startswith("RUN ")]


def test_nothing_secret_is_built_in() -> None:
    assert not re.search(r"(?i)password|secret|token|\.env\b|\.pem\b", TEXT)
    assert not [line for line in LINES if line.startswith(("ARG ", "ADD "))]
