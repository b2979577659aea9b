"""Bulk writes on real PostgreSQL: one statement whatever the number of tables and rows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.db import Conflict, Transaction, connect
from tests.conftest import MakeDatabase

METADATA = sa.MetaData()
THINGS = sa.Table(
    "things",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", JSONB),
    sa.Column("raw", BYTEA),
    sa.Column("at", TIMESTAMP(timezone=True)),
)
OTHERS = sa.Table("others", METADATA, sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("on", sa.Boolean))
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
async def engine(make_database: MakeDatabase) -> AsyncIterator[AsyncEngine]:
    engine = connect(await make_database("intel"), pool_size=4)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()


def thing(id: str, version: int = 1, **more: object) -> dict[str, object]:
    return {"id": id, "version": version, "body": {"n": version}, "raw": b"\x00\xff", "at": NOW} | more


async def stored(engine: AsyncEngine) -> dict[str, int]:
    async with Transaction(engine) as transaction:
        return {row.id: row.version for row in await transaction.fetch("SELECT id, version FROM things")}


async def test_many_tables_and_rows_are_one_statement(engine: AsyncEngine) -> None:
    async with Transaction(engine) as transaction:
        transaction.insert(THINGS, [thing(str(n)) for n in range(1000)])
        transaction.insert(OTHERS, [{"id": n, "on": n % 2 == 0} for n in range(500)])
        await transaction.commit()
        assert transaction.statements == 1
    async with Transaction(engine) as transaction:
        rows = await transaction.fetch("SELECT * FROM things WHERE id = '7'")
    assert (rows[0].body, rows[0].raw, rows[0].at) == ({"n": 1}, b"\x00\xff", NOW)


async def test_nothing_stands_without_a_commit(engine: AsyncEngine) -> None:
    async with Transaction(engine) as transaction:
        transaction.insert(THINGS, [thing("a")])
        await transaction.flush()
    assert await stored(engine) == {}


@pytest.mark.parametrize(
    ("conflict", "version", "expected"),
    [(Conflict.IGNORE, 5, 3), (Conflict.REPLACE, 2, 2), (Conflict.NEWER, 2, 3), (Conflict.NEWER, 4, 4)],
)
async def test_conflicts(engine: AsyncEngine, conflict: Conflict, version: int, expected: int) -> None:
    for number, how in ((3, Conflict.RAISE), (version, conflict)):
        async with Transaction(engine) as transaction:
            transaction.insert(THINGS, [thing("a", number)], how)
            await transaction.commit()
    assert await stored(engine) == {"a": expected}


async def test_a_later_row_of_a_batch_replaces_an_earlier_one(engine: AsyncEngine) -> None:
    async with Transaction(engine) as transaction:
        transaction.insert(THINGS, [thing("a", 1), thing("b", 1), thing("a", 2)], Conflict.NEWER)
        await transaction.commit()
    assert await stored(engine) == {"a": 2, "b": 1}


async def test_updates_and_deletes_by_key(engine: AsyncEngine) -> None:
    async with Transaction(engine) as transaction:
        transaction.insert(THINGS, [thing(name) for name in "abc"])
        await transaction.commit()
    async with Transaction(engine) as transaction:
        transaction.update(THINGS, [{"id": "a", "version": 9}])
        transaction.delete(THINGS, [{"id": "b"}])
        await transaction.commit()
        assert transaction.statements == 1
    assert await stored(engine) == {"a": 9, "c": 1}


async def test_a_lost_connection_is_not_handed_out_again(engine: AsyncEngine) -> None:
    for _ in range(3):
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            async with Transaction(engine) as transaction:
                await transaction.fetch("SELECT pg_terminate_backend(pg_backend_pid())")
    assert await stored(engine) == {}
