"""One transaction: reads at once, writes buffered and sent in one round trip before the commit."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.db.write import Buffer, Conflict, Row


class Transaction:
    """Opens on enter, rolls back on an error, and commits only where `commit` is called.

    `statements` counts the round trips of this transaction, so that a test can hold a batch to a fixed number.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._begun = False
        self._buffer = Buffer()
        self.statements = 0

    async def __aenter__(self) -> Self:
        self._connection = await self._engine.connect()
        # straight to the driver: its prepared statements cost a third of the round trip through the Core
        self._driver = (await self._connection.get_raw_connection()).driver_connection
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection, driver, self._driver = self._connection, None, self._driver, None
        begun, self._begun = self._begun, False
        if connection is None:
            return
        try:
            if begun:
                await driver.execute("ROLLBACK")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await connection.invalidate()
        finally:
            if driver is None or driver.is_closed():
                await connection.invalidate()  # the pool does not see what went wrong behind its back
            await connection.close()

    async def fetch(self, sql: str, *parameters: Any) -> Sequence[Any]:
        """The rows of one statement with `$1…` parameters; lists go as arrays."""
        self.statements += 1
        if not self._begun:
            await self._open.execute("BEGIN")
            self._begun = True
        rows: list[Any] = await self._open.fetch(sql, *parameters)
        return rows

    async def at_once(self, sql: str, *parameters: Any) -> Sequence[Any]:
        """One statement that is a transaction of its own, without the round trips of a longer one."""
        if self._begun:
            raise RuntimeError("a transaction has begun")
        self.statements += 1
        rows: list[Any] = await self._open.fetch(sql, *parameters)
        return rows

    async def lock(self, keys: Sequence[str]) -> None:
        """Hold these aggregates of this service until the end, new or not: what follows sees and writes them alone."""
        if keys:
            await self.fetch(
                "SELECT pg_advisory_xact_lock(k) FROM"
                " (SELECT DISTINCT hashtextextended(current_schema() || '/' || x, 0) AS k FROM unnest($1::text[]) x"
                "  ORDER BY 1) AS ordered",
                sorted(set(keys)),
            )

    def insert(self, table: sa.Table, rows: Sequence[Row], conflict: Conflict = Conflict.RAISE) -> None:
        self._buffer.insert(table, rows, conflict)

    def update(self, table: sa.Table, rows: Sequence[Row]) -> None:
        self._buffer.update(table, rows)

    def delete(self, table: sa.Table, rows: Sequence[Row]) -> None:
        self._buffer.delete(table, rows)

    async def flush(self) -> None:
        """Send what is buffered, as one statement."""
        if self._buffer:
            sql, parameters = self._buffer.statement()
            await self.fetch(sql, *parameters)

    async def commit(self) -> None:
        """Flush and make durable; the transaction is over."""
        await self.flush()
        if self._begun:
            await self._open.execute("COMMIT")
            self._begun = False

    @property
    def _open(self) -> Any:
        if self._driver is None:
            raise RuntimeError("the transaction is not open")
        return self._driver
