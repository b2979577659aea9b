"""The whole product on one machine: broker, database, four services as processes, tokens, and the address book."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from nclcc.enrolment import enrol, expect
from nclcc.stack import SERVICES, Stack, StackError, free_port
from nclcc.state import State, forget, remember
from nclcc.surroundings import Surroundings
from shared.auth import Issuer, Role
from shared.auth.principal import CENTRE
from shared.bus.admin import organisation_principal
from shared.contracts.topics import internal_topics
from shared.db import migrate

READY_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.02
_ASK_SECONDS: Final = 2.0


class Deployment:
    """Runs the services on an entered stack; as an async context manager it is ready when entered.

    `settings` go into every service's environment (NCLCC_…), `service_settings` into one's. With `state_file` other
    commands find what runs here. Raises StackError, with the reason and the end of the log, for what does not start.
    """

    def __init__(
        self,
        stack: Stack,
        *,
        database: str = "nclcc",
        roster: Path | None = None,
        settings: Mapping[str, str] | None = None,
        service_settings: Mapping[str, Mapping[str, str]] | None = None,
        services: Iterable[str] = SERVICES,
        state_file: Path | None = None,
        ready_seconds: float = READY_SECONDS,
    ) -> None:
        self.stack = stack
        self.database = database
        self.services = tuple(services)
        self.issuer = Issuer(stack.run_dir / "issuer")
        self.surroundings = Surroundings(stack, self.issuer, database, roster)
        self.client_logins: dict[str, str] = {}
        self._settings = dict(settings or {})
        self._service_settings = {name: dict(one) for name, one in (service_settings or {}).items()}
        self._state_file = state_file
        self._ready_seconds = ready_seconds
        self._ports: dict[str, int] = {}
        self._http: httpx.AsyncClient | None = None

    @property
    def hand_overs(self) -> Path:
        """The file of the log channel: a JSON line for each message handed over."""
        return self.surroundings.hand_overs

    @property
    def http(self) -> httpx.AsyncClient:
        """A client for the services' APIs. Raises RuntimeError outside the context."""
        if self._http is None:
            raise RuntimeError("the deployment is not running")
        return self._http

    async def __aenter__(self) -> Self:
        self._http = httpx.AsyncClient(timeout=15.0, trust_env=False)
        try:
            await self._prepare()
            for service in self.services:
                self.start(service)
            await asyncio.gather(*(self.wait_ready(service) for service in self.services))
            self._remember()
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leave()

    def start(self, service: str, copy: str = "0") -> None:
        """Start a copy of a service as a process; does not wait until it is ready. It keeps its port."""
        name = process_name(service, copy)
        port = self._ports.setdefault(name, 0) or free_port()
        self._ports[name] = port
        environment = self.surroundings.environment(service, copy, port)
        environment |= {**self._settings, **self._service_settings.get(service, {})}
        self.stack.supervisor.start(name, [sys.executable, "-m", f"services.{service}"], env=environment)

    async def stop(self, service: str, copy: str = "0") -> None:
        """Ask a copy to end, and wait until it has."""
        await asyncio.to_thread(self.stack.supervisor.stop, process_name(service, copy))

    async def kill(self, service: str, copy: str = "0") -> None:
        """SIGKILL, as if its machine had lost power."""
        await asyncio.to_thread(self.stack.supervisor.kill, process_name(service, copy))

    async def wait_ready(self, service: str, copy: str = "0") -> None:
        """Return once the copy says that it is ready. Raises StackError with what it waits for, or its last words."""
        deadline = time.monotonic() + self._ready_seconds
        name, why = process_name(service, copy), "it does not answer"
        while (answer := await self._ready(service, copy)) != "":
            why = answer or why
            process = self.stack.supervisor[name]
            if not process.alive:
                raise StackError(f"{name} ended with status {process.returncode}\n{self._last_words(name)}")
            if time.monotonic() > deadline:
                waited = f"{name} is not ready after {self._ready_seconds:g} s: {why}"
                raise StackError(f"{waited}\n{self._last_words(name)}")
            await asyncio.sleep(_POLL_SECONDS)

    def address(self, service: str, copy: str = "0") -> str:
        """The base URL of a service's API."""
        return f"http://127.0.0.1:{self._ports[process_name(service, copy)]}"

    def token(
        self,
        organisation: str,
        roles: Iterable[Role],
        *,
        subject: str | None = None,
        contact: str | None = None,
        desks: Iterable[str] | None = None,
        name: str | None = None,
        ttl: timedelta = timedelta(hours=8),
    ) -> str:
        """A bearer token for a person of an organisation; the issuer lives as long as this deployment."""
        who = subject or contact or f"someone@{organisation}"
        return self.issuer.mint(who, organisation, roles, contact=contact, name=name, desks=desks, ttl=ttl)

    async def enrol(self, code: str, kafka: bool = True) -> None:
        """Let an organisation take part; returns when its topics stand and `client(code)` may log in."""
        notify = self.address("notify")
        password = await enrol(self.http, notify, self._operator(), code, kafka, self._ready_seconds)
        if password is not None:
            self.client_logins[code] = password
        self._remember()

    async def load_roster(self, path: Path) -> None:
        """Take in contacts, rotas and policies (YAML). Raises EnrolmentFailed naming what is wrong."""
        content = await asyncio.to_thread(path.read_bytes)
        answer = await self.http.post(f"{self.address('notify')}/v1/roster", content=content, headers=self._operator())
        expect(answer, f"the roster {path.name}")

    def client(self, code: str | None = None) -> dict[str, Any]:
        """librdkafka settings for an organisation's client, or the administrator. KeyError: not enrolled."""
        settings: dict[str, Any] = {"bootstrap.servers": self.stack.broker.bootstrap}
        security = self.stack.broker.security
        if security is None:
            return settings
        if code is None:
            return settings | security.client(security.admin)
        return settings | {
            "security.protocol": security.protocol,
            "sasl.mechanism": security.mechanism,
            "sasl.username": organisation_principal(code),
            "sasl.password": self.client_logins[code],
        }

    def state(self) -> State:
        """What other commands need to find their way here."""
        security = self.stack.broker.security
        return State(
            stack=self.stack.kind,
            banner=self.stack.banner,
            run_dir=str(self.stack.run_dir),
            bootstrap=self.stack.broker.bootstrap,
            admin=self.client(),
            logins={code: self.client(code) for code in self.client_logins} if security else {},
            secured=security is not None,
            services={service: self.address(service) for service in self.services},
            databases={service: self.stack.service_url(service, self.database) for service in SERVICES},
            issuer=str(self.stack.run_dir / "issuer"),
            audit_keys={service: str(self.surroundings.audit_key(service)) for service in SERVICES},
        )

    async def _prepare(self) -> None:
        """The schema and the topics, at the same time."""
        await asyncio.gather(self._make_schema(), self._make_topics())

    async def _make_schema(self) -> None:
        await self.stack.bootstrap(self.database)
        for service in self.services:
            await migrate.upgrade(service, self.stack.service_url(service, self.database))

    async def _make_topics(self) -> None:
        admin = self.surroundings.kafka_admin()
        await self.surroundings.set_service_logins(admin)
        await admin.ensure_topics(internal_topics())
        await admin.ensure_service_acls()

    async def _ready(self, service: str, copy: str) -> str | None:
        """Empty: ready; None: no answer; else what it waits for."""
        try:
            answer = await self.http.get(f"{self.address(service, copy)}/readyz", timeout=_ASK_SECONDS)
        except httpx.HTTPError:
            return None
        if answer.status_code == 200:
            return ""
        waiting = answer.json().get("waiting_for", {}) if answer.status_code == 503 else {}
        return "; ".join(f"{part}: {reason}" for part, reason in waiting.items()) or f"status {answer.status_code}"

    def _operator(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(CENTRE, [Role.OPERATOR], subject='operator')}"}

    def _last_words(self, name: str) -> str:
        with contextlib.suppress(OSError):
            lines = self.stack.supervisor.log_path(name).read_text(errors="replace").splitlines()
            return "\n".join(lines[-15:])
        return ""

    def _remember(self) -> None:
        if self._state_file is not None:
            remember(self.state(), self._state_file)

    async def _leave(self) -> None:
        if self._state_file is not None:
            forget(self._state_file)
        if self._http is not None:
            await self._http.aclose()
            self._http = None
        await asyncio.to_thread(self._stop_all)

    def _stop_all(self) -> None:
        self.stack.supervisor.stop_all()


def process_name(service: str, copy: str = "0") -> str:
    """What the supervisor calls a copy of a service: the first one has the service's own name."""
    return service if copy == "0" else f"{service}-{copy}"
