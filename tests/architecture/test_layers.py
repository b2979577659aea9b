"""Each layer contract finds what it is there for: an import planted in a copy of the code breaks it."""

import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
SERVICES: Final = ("intel", "tasking", "safeguarding", "notify")
PACKAGES: Final = ("nclcc", "services", "shared")

COMMAND_LINE: Final = "The command line stands on the services, the services on what they share"
SHARED: Final = "What is shared stands in layers"
INDEPENDENT: Final = "Services know each other by their topics only"
INSIDE: Final = "A service stands in layers"
PURE: Final = "Decisions, the kernel and the contracts know no database, web or Kafka library"
KAFKA: Final = "Only the bus speaks to Kafka"
DATABASE: Final = "Only a service's work and what lies below it speak to the database"


@dataclass(frozen=True)
class Planted:
    """An import that must not be, in a module that the copy has or is given, and the contract that it breaks."""

    contract: str
    module: str
    imported: str


PLANTED: Final = (
    Planted(COMMAND_LINE, "shared.kernel.planted_up", "services.intel.settings"),
    Planted(COMMAND_LINE, "services.intel.planted_up", "nclcc.stack.errors"),
    Planted(SHARED, "shared.kernel.planted_db", "shared.db.engine"),
    Planted(SHARED, "shared.contracts.planted_bus", "shared.bus.work"),
    Planted(SHARED, "shared.bus.planted_runtime", "shared.runtime.context"),
    *(
        Planted(INDEPENDENT, f"services.{one}.planted_{other}", f"services.{other}.settings")
        for one in SERVICES
        for other in SERVICES
        if one != other
    ),
    *(Planted(INSIDE, f"services.{service}.models", f"services.{service}.api") for service in SERVICES),
    *(Planted(INSIDE, f"services.{service}.domain", f"services.{service}.models") for service in SERVICES),
    *(Planted(PURE, f"services.{service}.domain", "sqlalchemy") for service in SERVICES),
    Planted(PURE, "shared.kernel.planted_web", "fastapi"),
    Planted(PURE, "shared.contracts.planted_kafka", "aiokafka"),
    *(Planted(KAFKA, f"services.{service}.planted_kafka", "aiokafka") for service in SERVICES),
    Planted(KAFKA, "nclcc.planted_kafka", "confluent_kafka"),
    Planted(KAFKA, "shared.runtime.planted_kafka", "confluent_kafka"),
    *(Planted(DATABASE, f"services.{service}.api", "sqlalchemy") for service in SERVICES),
    *(Planted(DATABASE, f"services.{service}.handlers", "asyncpg") for service in SERVICES),
)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What lint-imports says of the copy with everything planted at once: contract to its part of the report."""
    copy = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__", "*.csv"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for one in PLANTED:
        _plant(copy, one)
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=copy, env={"PYTHONPATH": str(copy), "COLUMNS": "300"}, capture_output=True)
    assert done.returncode == 1, done.stderr.decode()
    _, _, report = done.stdout.decode().partition("Broken contracts")
    return _parts(report)


def test_every_contract_of_the_project_is_tried() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {contract["name"] for contract in project["tool"]["importlinter"]["contracts"]}
    assert contracts == {one.contract for one in PLANTED}


@pytest.mark.parametrize("one", PLANTED, ids=lambda one: f"{one.module}-{one.imported}")
def test_a_planted_import_breaks_its_contract(broken: dict[str, str], one: Planted) -> None:
    assert re.search(rf"{re.escape(one.module)} -> {re.escape(one.imported)}\b", broken[one.contract])


def _plant(copy: Path, one: Planted) -> None:
    target = _module(copy, one.module)
    target.write_text(f"{target.read_text()}\nimport {one.imported}\n")
    if one.imported.partition(".")[0] in PACKAGES:
        _module(copy, one.imported)


def _module(copy: Path, name: str) -> Path:
    """The file of a module in the copy, made if it is not there."""
    path = copy.joinpath(*name.split("."))
    target = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not target.exists():
        target.write_text('"""Planted."""\n')
    return target


def _parts(report: str) -> dict[str, str]:
    """The report's text below each contract's underlined name."""
    pieces = re.split(r"^(.+)\n-{3,}\n", report, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))
