"""The stack that tests run on: started once, named in the first lines, a fresh database for each test."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from nclcc.stack import SERVICES, Stack, bootstrap_database, choose_stack
from shared.bus.kafka import KafkaSettings
from shared.db import migrate


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Broker and database for the whole run: what the environment names, else local Apache Kafka, else embedded."""
    with choose_stack("auto") as running:
        print("\n" + "\n".join(running.banner))
        yield running


@dataclass(frozen=True)
class Broker:
    """How a service reaches the broker in tests: as the administrator unless a principal is named."""

    stack: Stack

    @property
    def bootstrap(self) -> str:
        return self.stack.broker.bootstrap

    def settings(self, principal: str = "admin") -> KafkaSettings:
        security = self.stack.broker.security
        return KafkaSettings(
            bootstrap=self.bootstrap,
            username=principal if security else None,
            password=security.passwords[principal] if security else None,
            fetch_wait_ms=500 if security else 5,
            static=security is not None,
            metadata_max_age_ms=500,
            session_timeout_ms=6000,
        )

    def client(self) -> dict[str, str | int | float | bool]:
        """librdkafka settings for the administrator."""
        security = self.stack.broker.security
        common: dict[str, str | int | float | bool] = {"bootstrap.servers": self.bootstrap}
        return common | (security.client("admin") if security else {})


@pytest.fixture(scope="session")
def broker(stack: Stack) -> Broker:
    return Broker(stack)


MakeDatabase = Callable[..., Awaitable[str]]


@pytest.fixture
async def make_database(stack: Stack) -> AsyncIterator[MakeDatabase]:
    """Gives a service's URL in a fresh database, its schema migrated; dropped after the test."""
    made: list[str] = []
    template = await _template(stack)

    async def make(service: str, database: str | None = None) -> str:
        name = database or f"t_{secrets.token_hex(6)}"
        if name not in made:
            await _admin(stack, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            made.append(name)
        return _in_database(stack.service_url(service), name)

    yield make
    for name in made:
        await _admin(stack, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


_TEMPLATES: dict[int, str] = {}


async def _template(stack: Stack) -> str:
    """One migrated database, made once a run and copied for each test."""
    if id(stack) not in _TEMPLATES:
        await stack.bootstrap()
        name = "nclcc_template"
        await bootstrap_database(stack.database.admin_url, stack.passwords, database=name)
        for service in SERVICES:
            await migrate.upgrade(service, _in_database(stack.service_url(service), name))
        _TEMPLATES[id(stack)] = name
    return _TEMPLATES[id(stack)]


async def _admin(stack: Stack, statement: str) -> None:
    connection = await asyncpg.connect(stack.database.admin_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _in_database(url: str, database: str) -> str:
    return url.rsplit("/", 1)[0] + f"/{database}"


@pytest.fixture
def start() -> datetime:
    """When stories begin: a Friday evening, three minutes past six."""
    return datetime(2026, 11, 20, 18, 3, tzinfo=UTC)


async def until(
    condition: Callable[[], Awaitable[bool] | bool], what: str, within: timedelta = timedelta(seconds=20)
) -> None:
    """Wait for a condition, not for a time; fails naming `what` did not come about."""
    deadline = asyncio.get_running_loop().time() + within.total_seconds()
    while True:
        result = condition()
        if await result if isinstance(result, Awaitable) else result:
            return
        if asyncio.get_running_loop().time() > deadline:
            pytest.fail(f"did not come about within {within}: {what}")
        await asyncio.sleep(0.01)
