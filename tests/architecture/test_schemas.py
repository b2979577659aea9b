"""No service reads another's tables: PostgreSQL itself refuses each role in each other's schema."""

from itertools import permutations

import asyncpg
import pytest

from nclcc.stack import SERVICES, Stack
from tests.conftest import MakeDatabase

PAIRS = tuple(permutations(SERVICES, 2))


async def _tables(url: str, schema: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1", schema)
        return [row["tablename"] for row in rows]
    finally:
        await connection.close()


@pytest.mark.parametrize(("reader", "owner"), PAIRS)
async def test_the_role_of_one_service_is_refused_in_the_schema_of_another(
    stack: Stack, make_database: MakeDatabase, reader: str, owner: str
) -> None:
    owners_url = await make_database(owner)
    tables = await _tables(owners_url, owner)
    assert {"outbox", "audit_log"} < set(tables)
    connection = await asyncpg.connect(stack.service_url(reader, owners_url.rsplit("/", 1)[1]))
    try:
        for table in tables:
            for statement in (
                f'SELECT count(*) FROM {owner}."{table}"',
                f'INSERT INTO {owner}."{table}" DEFAULT VALUES',
                f'DELETE FROM {owner}."{table}"',
                f'TRUNCATE {owner}."{table}"',
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                    await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize(("reader", "owner"), PAIRS)
async def test_a_role_can_neither_become_another_nor_leave_anything_in_its_schema(
    make_database: MakeDatabase, reader: str, owner: str
) -> None:
    connection = await asyncpg.connect(await make_database(reader))
    try:
        for statement in (
            f"SET ROLE {owner}",
            f"CREATE TABLE {owner}.planted (id int)",
            "CREATE TABLE public.planted (id int)",
            f"GRANT ALL ON SCHEMA {owner} TO {reader}",
            "CREATE ROLE planted",
            "CREATE DATABASE planted",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_each_service_owns_all_of_its_schema_and_nothing_else(make_database: MakeDatabase, service: str) -> None:
    connection = await asyncpg.connect(await make_database(service))
    try:
        rows = await connection.fetch(
            "SELECT schemaname, tableowner FROM pg_tables WHERE tableowner = current_user OR schemaname = $1", service
        )
        assert {(row["schemaname"], row["tableowner"]) for row in rows} == {(service, service)}
    finally:
        await connection.close()
