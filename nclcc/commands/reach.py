"""How a command reaches a running deployment: by the state file, or by the environment of a remote one."""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, TypeVar

import httpx

from nclcc.state import NotRunning, State, find_state, get_state
from shared.auth import Issuer, Role
from shared.auth.principal import CENTRE
from shared.bus.admin import KafkaAdmin
from shared.bus.kafka import KafkaSettings

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    return asyncio.run(work)


def issuer_of(state: State) -> Issuer:
    """The issuer of the stack that runs here."""
    from pathlib import Path

    return Issuer(Path(state.issuer))


def service_url(service: str) -> str:
    """The base URL of a service: NCLCC_URL_TASKING and so on, else the stack that runs here. Raises NotRunning."""
    named = os.environ.get(f"NCLCC_URL_{service.upper()}")
    if named:
        return named.rstrip("/")
    services = get_state().services
    if service not in services:
        raise NotRunning(f"there is no service {service} here; there are {', '.join(services)}")
    return services[service]


def operator() -> dict[str, str]:
    """The header of an operator: NCLCC_TOKEN, else a token of the stack that runs here. Raises NotRunning."""
    token = os.environ.get("NCLCC_TOKEN") or issuer_of(get_state()).mint("operator", CENTRE, [Role.OPERATOR])
    return {"authorization": f"Bearer {token}"}


def ask(service: str, method: str, path: str, **more: Any) -> Any:
    """The JSON of a service's answer, asked as an operator. Raises httpx's errors, NotRunning, and Refused."""
    with httpx.Client(timeout=15.0, trust_env=False) as http:
        answer = http.request(method, f"{service_url(service)}{path}", headers=operator(), **more)
    if answer.is_error:
        raise Refused(f"{service}: status {answer.status_code} {answer.text[:500]}")
    return answer.json()


class Refused(Exception):
    """A service said no; the message holds its problem."""


def broker_client() -> dict[str, Any]:
    """librdkafka settings of the administrator: from NCLCC_KAFKA_BOOTSTRAP and its like, else the stack's own."""
    state = find_state()
    if state is not None:
        return dict(state.admin)
    from nclcc.stack import EnvBroker, StackError

    broker = EnvBroker()
    try:
        bootstrap = broker.bootstrap
    except StackError:
        raise NotRunning("no broker is known: start a stack with `nclcc up`, or set NCLCC_KAFKA_BOOTSTRAP") from None
    security = broker.security
    settings: dict[str, Any] = {"bootstrap.servers": bootstrap}
    return settings | (security.client(security.admin) if security else {})


def broker_admin() -> KafkaAdmin:
    """The broker's administrator, by the same settings."""
    client = broker_client()
    settings = KafkaSettings(
        bootstrap=client["bootstrap.servers"],
        username=client.get("sasl.username"),
        password=client.get("sasl.password"),
        protocol=client.get("security.protocol", "SASL_PLAINTEXT"),
        mechanism=client.get("sasl.mechanism", "SCRAM-SHA-512"),
        ssl_cafile=os.environ.get("NCLCC_KAFKA_CAFILE"),
    )
    return KafkaAdmin(settings, secured=settings.username is not None)


def database_url(service: str, alone: bool = True) -> str:
    """A service's own database: NCLCC_DATABASE_URL where only that service is meant, else the stack's own."""
    named = os.environ.get("NCLCC_DATABASE_URL")
    if named and alone:
        return named
    state = find_state()
    if state is None:
        raise NotRunning(
            "no database is known: start a stack with `nclcc up`, or name one service and set NCLCC_DATABASE_URL"
        )
    return state.databases[service]
