"""The documents are true: settings, events, routes, commands, links and figures stand as the code has them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import typer

from nclcc.__main__ import app
from services.notify.roster_file import load_roster
from services.notify.settings import NotifySettings
from services.safeguarding.settings import SafeguardingSettings
from shared.auth import Role
from shared.bus.submissions import Intake
from shared.contracts.catalogue import MESSAGES, Form
from shared.contracts.model import Contract
from shared.contracts.protect import RESPONSES
from shared.contracts.pursue import SUBMISSIONS
from shared.kernel.clock import SystemClock
from shared.observability import metrics
from shared.runtime import Settings
from tests.architecture.markdown import DOCUMENTS, anchors, blocks, links, rows, spoken
from tests.architecture.tree import ROOT, named

OPERATORS: Final = ROOT / "docs/operators/README.md"
INTEGRATORS: Final = ROOT / "docs/integrators/README.md"
CO_ORDINATORS: Final = ROOT / "docs/co-ordinators/README.md"
MODELS: Final[dict[str, type[Contract]]] = {**SUBMISSIONS, **RESPONSES}
ROUTE: Final = re.compile(r"\b(GET|POST|PUT) (/[a-z][\w/{}.-]*)")


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_inside_the_checkout_leads_somewhere(path: Path) -> None:
    for link in links(path):
        if not re.match(r"https?://", link):
            target, _, anchor = link.partition("#")
            found = (path.parent / target).resolve() if target else path
            assert found.exists(), link
            assert not anchor or anchor in anchors(found), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_target_of_make_that_is_named_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", spoken(path))) <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_file_that_is_named_in_a_command_exists(path: Path) -> None:
    for word in re.findall(r"(?:^|\s)((?:tests|deploy|services|shared|docs)/[\w./-]+)", spoken(path)):
        made = word.startswith("deploy/compose/secrets")
        assert made or (ROOT / word).exists(), word


def _command(words: list[str]) -> str | None:
    """What is wrong with a command line of `nclcc`, as far as commands and options go; None: nothing."""
    found: Any = typer.main.get_command(app)
    for word in words:
        if word.startswith("--"):
            options = {option for one in found.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
            if word not in options:
                return f"{found.name} has no {word}"
        elif hasattr(found, "commands"):
            if word not in found.commands:
                return f"{found.name} has no command {word}"
            found = found.commands[word]
    return None


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_command_of_the_command_line_that_is_named_exists(path: Path) -> None:
    for line in re.findall(r"(?<![\w-])nclcc ([a-z][^\n`#|;&)]*)", spoken(path)):
        assert _command(line.split()) is None, line


def _settings(model: type[Settings], besides: type[Settings] | None = None) -> dict[str, str]:
    """Variable to default, as the tables write it."""
    known = besides.model_fields if besides else {}
    fields = {name: field for name, field in model.model_fields.items() if name not in known}
    return {field.alias or f"NCLCC_{name.upper()}": _written(field) for name, field in fields.items()}


def _written(field: Any) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, Path):
        return "the one that ships"
    if default is None or default == "":
        return "none" if default is None else ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def test_the_operators_table_has_every_setting_with_its_default() -> None:
    wanted = _settings(Settings) | _settings(SafeguardingSettings, Settings) | _settings(NotifySettings, Settings)
    found = {row[0].strip("`"): row[1] for row in rows(OPERATORS) if re.fullmatch("`NCLCC_[A-Z_]+`", row[0])}
    assert found == wanted


def test_the_operators_roles_and_metrics_are_those_of_the_code() -> None:
    text = OPERATORS.read_text(encoding="utf-8")
    roles = {row[0].strip("`") for row in rows(OPERATORS)} & set(Role)
    assert roles == set(Role) - {Role.SERVICE}
    names = {str(one._name) for one in vars(metrics).values() if hasattr(one, "_name")}
    for name in re.findall(r"`(nclcc_[a-z_]+)`", text):
        assert name.removesuffix("_total") in names, name


def _events(path: Path) -> Iterator[dict[str, Any]]:
    for block in blocks(path, "json"):
        yield json.loads(block)


@pytest.mark.parametrize("event", list(_events(INTEGRATORS)), ids=lambda event: event["type"])
def test_every_event_for_integrators_is_one_that_is_taken_in_or_sent(event: dict[str, Any]) -> None:
    if event["source"] == "urn:nclcc:centre":
        _assert_projected(event)
        return
    code = event["source"].rsplit(":", 1)[1]
    read = Intake("docs", MODELS).read_bytes(code, json.dumps(event).encode(), SystemClock().now())
    assert not read.errors


def _assert_projected(event: dict[str, Any]) -> None:
    message = next(one for one in MESSAGES if one.type == event["type"] and one.form is Form.INBOX)
    golden = json.loads((ROOT / f"tests/contract/golden/{message.name}.json").read_text())
    assert set(event) == set(golden)
    assert set(event["data"]) <= set(golden["data"])


def test_the_roster_for_co_ordinators_is_one_that_is_taken_in() -> None:
    (block,) = blocks(CO_ORDINATORS, "yaml")
    assert [one.code for one in load_roster(block, complete=False).organisations] == ["kent"]


def _routes() -> set[tuple[str, str]]:
    """Method and path of every route in the services' and the runtime's own sources."""
    found = set()
    for path in [*(ROOT / "services").rglob("*.py"), *(ROOT / "shared/runtime").rglob("*.py")]:
        source = path.read_text(encoding="utf-8")
        prefix = re.search(r'APIRouter\(prefix="([^"]+)"', source)
        for method, tail in re.findall(r'@routes\.(get|post|put)\("([^"]*)"', source):
            found.add((method.upper(), _shape((prefix[1] if prefix else "") + tail)))
    return found


def _shape(path: str) -> str:
    """A path with its parameters' names left out; `kent` stands for a code in the examples."""
    return re.sub(r"\{[^}]*\}|(?<=/organisations/)kent", "{}", path)


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_route_that_is_named_exists(path: Path) -> None:
    for method, route in ROUTE.findall(spoken(path)):
        assert (method, _shape(route)) in _routes(), f"{method} {route}"
