"""Databases with the roles and schemas, and nothing in them yet."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from nclcc.stack import Stack, bootstrap_database
from nclcc.stack.parts import database_url

EmptyDatabase = Callable[[str], Awaitable[str]]


@pytest.fixture
async def empty_database(stack: Stack) -> AsyncIterator[EmptyDatabase]:
    """Gives a service's URL in a database as an administrator hands it over; dropped after the test."""
    name = f"m_{secrets.token_hex(6)}"
    admin = stack.database.admin_url
    await bootstrap_database(admin, stack.passwords, database=name)

    async def url_of(service: str) -> str:
        return database_url(admin, service, stack.passwords[service], name)

    yield url_of
    connection = await asyncpg.connect(admin)
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()
