"""Leases: what only one process may do at a time, given up by time alone so that a stopped process keeps nothing."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.db import Transaction
from shared.kernel.clock import monotonic


class Leases:
    """The leases that `owner` wants; `held` are those that are its own right now.

    Time is the database's for granting and this machine's monotonic clock for believing, counted from before
    the request was sent, so that the holder always stops believing first.
    """

    def __init__(self, engine: AsyncEngine, owner: str, names: Sequence[str], ttl_seconds: float = 3.0) -> None:
        self._engine = engine
        self._owner = owner
        self._names = sorted(names)
        self._ttl = ttl_seconds
        self._held: frozenset[str] = frozenset()
        self._until = 0.0

    @property
    def held(self) -> frozenset[str]:
        """Empty once the time is up, whether or not anybody told us."""
        return self._held if monotonic() < self._until else frozenset()

    @property
    def due(self) -> bool:
        """Whether a third of the time is gone and it should be renewed."""
        return monotonic() > self._until - self._ttl * 2 / 3

    async def renew(self) -> frozenset[str]:
        """Take what is free and keep what is ours; one statement."""
        asked = monotonic()
        async with Transaction(self._engine) as transaction:
            rows = await transaction.at_once(
                "INSERT INTO leases AS l (name, owner, until)"
                " SELECT name, $2, clock_timestamp() + make_interval(secs => $3) FROM unnest($1::text[]) AS u(name)"
                " ORDER BY name ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until"
                " WHERE l.owner = excluded.owner OR l.until < clock_timestamp() RETURNING name",
                self._names,
                self._owner,
                self._ttl,
            )
        self._held, self._until = frozenset(row.name for row in rows), asked + self._ttl
        return self._held

    async def release(self) -> None:
        """Give them up at once, so that another copy need not wait."""
        self._held = frozenset()
        async with Transaction(self._engine) as transaction:
            await transaction.fetch("DELETE FROM leases WHERE owner = $1 AND name = ANY($2)", self._owner, self._names)
            await transaction.commit()
