"""The engine: a bounded pool, and which database errors pass by themselves."""

from typing import Any

import asyncpg
import orjson
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row whose columns are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


DataRefused = asyncpg.DataError
"""A value that the database cannot hold: U+0000 in a text, a number beyond its column."""

_PASSING_STATES = ("08", "40", "53", "55", "57", "25P03")
"""What SQLSTATEs that pass begin with: connection, rollback (deadlock), resources, lock, operator intervention, and a
session that the server ended because its transaction stood still."""
_IDLE = "10s"
"""How long a transaction may stand still between two statements."""
_IDLE_RELAY = "30s"
"""A relay's waits for the broker's word in between, up to 15 s."""


def connect(url: str, *, pool_size: int = 10, durable: bool = True, name: str = "nclcc") -> AsyncEngine:
    """An engine on `url` (postgresql://…). `durable=False` is for marks whose loss only repeats a publish.

    No statement is logged and no parameter shown in errors: both would carry payloads.
    """
    # arrays make every plan the same whatever their length: planning each time would cost more than running
    settings: dict[str, Any] = {"application_name": name, "jit": "off", "plan_cache_mode": "force_generic_plan"}
    # a process that is frozen in a transaction must not hold its locks against the others for ever
    settings["idle_in_transaction_session_timeout"] = _IDLE if durable else _IDLE_RELAY
    if not durable:
        settings["synchronous_commit"] = "off"
    return create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_use_lifo=True,  # few warm connections, whose statements are prepared, rather than all in turn
        hide_parameters=True,
        json_deserializer=orjson.loads,
        connect_args={"server_settings": settings, "timeout": 5, "command_timeout": 60, "record_class": Row},
    )


def is_passing(error: BaseException) -> bool:
    """Whether the database may well say yes next time: away, overloaded, a deadlock, a lock."""
    if isinstance(error, InterfaceError | OperationalError | PoolTimeout | ConnectionError | OSError | TimeoutError):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        return True
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_PASSING_STATES)
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        state = getattr(error.orig, "sqlstate", None) or ""
        return bool(state.startswith(_PASSING_STATES))
    return False
