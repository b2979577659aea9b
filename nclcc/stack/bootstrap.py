"""Gives a PostgreSQL server the product's database: per service a role and a schema, closed to others."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from nclcc.stack.deployment import deployment_file
from nclcc.stack.parts import SERVICES

DATABASE = "nclcc"


async def bootstrap_database(admin_url: str, passwords: Mapping[str, str], database: str = DATABASE) -> None:
    """Create what is missing; may be run again, and then sets the roles' passwords anew.

    `passwords` has one for each of SERVICES. Raises KeyError if one is missing, asyncpg's errors otherwise.
    """
    wanted = {service: passwords[service] for service in SERVICES}
    async with _connected(admin_url) as connection:
        await _create_database(connection, database)
    async with _connected(_in_database(admin_url, database)) as connection:
        for service, password in wanted.items():
            await connection.execute("SELECT set_config($1, $2, false)", f"nclcc.password_{service}", password)
        for script in ("postgres/roles.sql", "postgres/schemas.sql"):
            await connection.execute(deployment_file(script).read_text(encoding="utf-8"))


async def _create_database(connection: asyncpg.Connection, database: str) -> None:
    if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
        return
    quoted = '"' + database.replace('"', '""') + '"'
    # Two at once: the loser of the race finds what it wanted (the second error is the same race, met a
    # moment later).
    with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        await connection.execute(f"CREATE DATABASE {quoted} TEMPLATE template0")


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


def _in_database(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
