"""The compose stack as processes: its own commands and environments, with this machine's addresses in them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from nclcc.stack import SERVICES, Stack, free_port
from nclcc.stack.process import Command, Process
from tests.conftest import until
from tests.unit.deploy.compose_file import ROOT, compose, filled, read_env

BIN: Final = Path(sys.executable).parent


@dataclass
class Compose:
    """What compose would run, one container a process. `places` are what stands elsewhere in a container."""

    directory: Path
    places: Mapping[str, str]
    variables: Mapping[str, str]
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, Process] = field(default_factory=dict)

    def environment(self, name: str) -> dict[str, str]:
        given: dict[str, str] = self._here(compose()["services"][name]["environment"])
        if name in SERVICES:
            secret = compose()["services"][name]["secrets"][0]["source"]
            file = compose()["secrets"][secret]["file"]
            port = self.ports.setdefault(name, free_port())
            given |= {"NCLCC_AUDIT_KEY_FILE": str(self.directory / file), "NCLCC_HTTP_PORT": str(port)}
        given |= {key: self.address(key[10:].lower()) for key in given if key.startswith("NCLCC_URL_")}
        ours = {name: value for name, value in os.environ.items() if not name.startswith("NCLCC_")}
        return ours | given | {"PYTHONPATH": str(ROOT), "NCLCC_HOME": str(self.directory)}

    async def run(self, name: str, *arguments: str, **more: str) -> str:
        """A one-shot container's output; fails with what it said if it did."""
        service = compose()["services"][name]
        command = self._command([*service.get("entrypoint", []), *(arguments or service.get("command", []))])
        environment = self.environment(name) | more
        done = await asyncio.to_thread(
            subprocess.run, command, env=environment, cwd=self.directory, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr or done.stdout
        return str(done.stdout).strip()

    def start(self, name: str) -> None:
        command = tuple(self._command(compose()["services"][name]["command"]))
        log = self.directory / f"{name}.log"
        self.running[name] = Process(Command(name, command, log, env=self.environment(name), cwd=self.directory))
        self.running[name].start()

    def stop(self) -> None:
        for process in self.running.values():
            process.stop()

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def _command(self, words: Sequence[str]) -> list[str]:
        program, *rest = self._here(list(words))
        return [str(BIN / program), *rest]

    def _here(self, value: Any) -> Any:
        if isinstance(value, str):
            for there, here in self.places.items():
                value = value.replace(there, here)
            return filled(value, self.variables)
        if isinstance(value, dict):
            return {key: self._here(one) for key, one in value.items()}
        return [self._here(one) for one in value]


@pytest.fixture
async def stack_of_compose(stack: Stack, tmp_path: Path) -> AsyncIterator[Compose]:
    """Secrets from make-env; where compose's broker and database would be, those of the tests."""
    make_env = [sys.executable, str(ROOT / "deploy/compose/make-env"), "--directory", str(tmp_path)]
    await asyncio.to_thread(subprocess.run, make_env, check=True)
    issuer = tmp_path / "issuer"
    issuer.mkdir(mode=0o700)
    security = stack.broker.security
    assert security is not None
    variables = read_env(tmp_path / ".env")
    variables["NCLCC_KAFKA_PASSWORD_ADMIN"] = security.passwords["admin"]
    for service in SERVICES:
        variables[f"NCLCC_KAFKA_PASSWORD_{service.upper()}"] = security.passwords[f"svc-{service}"]
        variables[f"NCLCC_DATABASE_PASSWORD_{service.upper()}"] = stack.passwords[service]
    database = f"compose_{tmp_path.name.replace('-', '_')[:40]}"
    await stack.bootstrap(database)
    places = {
        "kafka:9092": stack.broker.bootstrap,
        "postgres:5432/nclcc": f"{stack.database.admin_url.rpartition('@')[2].rpartition('/')[0]}/{database}",
        "/run/nclcc/issuer": str(issuer),
        "/etc/nclcc/issue-token": str(ROOT / "deploy/compose/issue-token"),
        "/etc/nclcc/roster.yaml": str(ROOT / variables["NCLCC_ROSTER"]),
        "0.0.0.0": "127.0.0.1",
    }
    variables["NCLCC_JWKS_URL"] = variables["NCLCC_JWKS_URL"].replace("/run/nclcc/issuer", str(issuer))
    made = Compose(tmp_path, places, variables)
    yield made
    made.stop()


async def test_the_stack_of_compose_comes_up_and_takes_an_organisation_in(stack_of_compose: Compose) -> None:
    here = stack_of_compose
    *migrated, topics = await asyncio.gather(*(here.run(f"migrate-{one}") for one in SERVICES), here.run("topics"))
    assert all(service in said for service, said in zip(SERVICES, migrated, strict=True))
    assert "missing" not in topics
    for service in SERVICES:
        here.start(service)
    async with httpx.AsyncClient(trust_env=False) as http:
        for service in SERVICES:
            await until(lambda name=service: _ready(http, here, name), f"{service} is ready")  # type: ignore[misc]
        issuer = ("--directory", here.places["/run/nclcc/issuer"])
        token = await here.run("token", "nclcc", "--role", "operator", *issuer)
        assert "org.gwent.inbox.v1" in await here.run("cli", "org", "enrol", "gwent", NCLCC_TOKEN=token)
        assert "no dead letters" in await here.run("cli", "dlt", "list", NCLCC_TOKEN=token)
        reader = await here.run("token", "gwent", *issuer)
        answer = await http.get(f"{here.address('notify')}/v1/inbox", headers={"authorization": f"Bearer {reader}"})
        assert (answer.status_code, answer.json()) == (200, {"events": [], "next": 0})


async def _ready(http: httpx.AsyncClient, here: Compose, service: str) -> bool:
    process = here.running[service]
    assert process.alive, (here.directory / f"{service}.log").read_text()
    try:
        return (await http.get(f"{here.address(service)}/readyz")).status_code == 200
    except httpx.TransportError:
        return False
