"""Bulk writes: the rows of many tables as one statement of arrays, so that a batch costs one round trip."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


class Conflict(enum.Enum):
    """What an insert does when the key is already there."""

    RAISE = "raise"
    IGNORE = "ignore"
    REPLACE = "replace"
    NEWER = "newer"
    """Replace only a row with a lower `version`."""


Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What makes two writes the same piece of SQL."""

    table: sa.Table
    verb: str
    columns: tuple[str, ...]
    conflict: Conflict


class Buffer:
    """Rows waiting for the commit, by table. A later row with the same key replaces an earlier one."""

    def __init__(self) -> None:
        self._rows: dict[_Shape, dict[tuple[Any, ...], Row]] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def insert(self, table: sa.Table, rows: Sequence[Row], conflict: Conflict = Conflict.RAISE) -> None:
        """Buffer inserts; all rows of one call have the same columns."""
        self._add(table, "insert", rows, conflict)

    def update(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """Buffer updates by primary key: the columns given are set."""
        self._add(table, "update", rows, Conflict.RAISE)

    def delete(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """Buffer deletes by primary key."""
        self._add(table, "delete", rows, Conflict.RAISE)

    def statement(self) -> tuple[str, tuple[Any, ...]]:
        """The one statement that writes it all, with its array parameters; empties the buffer."""
        shapes = tuple(self._rows)
        parameters: list[Any] = []
        for shape in shapes:
            parameters.extend(_columns(shape, self._ordered(shape)))
        self._rows = {}
        return _sql(shapes), tuple(parameters)

    def _add(self, table: sa.Table, verb: str, rows: Sequence[Row], conflict: Conflict) -> None:
        if not rows:
            return
        shape = _Shape(table, verb, tuple(rows[0]), conflict)
        kept = self._rows.setdefault(shape, {})
        key = _key_of(table) if verb != "insert" or conflict is not Conflict.RAISE else ()
        for row in rows:
            kept[tuple(row[name] for name in key) if key else (len(kept),)] = row

    def _ordered(self, shape: _Shape) -> list[Row]:
        rows = self._rows[shape]
        if shape.conflict is Conflict.RAISE and shape.verb == "insert":
            return list(rows.values())
        # every writer takes row locks in the same order, so two of them cannot wait for each other
        return [rows[key] for key in sorted(rows, key=lambda key: tuple(str(part) for part in key))]


@lru_cache(maxsize=256)
def _key_of(table: sa.Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key.columns)


@lru_cache(maxsize=512)
def _sql(shapes: tuple[_Shape, ...]) -> str:
    parts, at = [], 1
    for number, shape in enumerate(shapes):
        arrays = ", ".join(f"${at + i}::{_array_type(shape.table.c[name])}" for i, name in enumerate(shape.columns))
        at += len(shape.columns)
        parts.append(f"w{number} AS ({_one(shape, arrays)})")
    return "WITH " + ",\n".join(parts) + "\nSELECT 1"


def _one(shape: _Shape, arrays: str) -> str:
    table, names = _quoted(shape.table), ", ".join(f'"{name}"' for name in shape.columns)
    source = f"unnest({arrays}) WITH ORDINALITY AS u({names}, ord__)"
    if shape.verb == "delete":
        return f"DELETE FROM {table} t USING {source} WHERE {_on(shape)}"
    if shape.verb == "update":
        key = _key_of(shape.table)
        sets = ", ".join(f'"{n}" = {_cast(shape.table.c[n], "u")}' for n in shape.columns if n not in key)
        return f"UPDATE {table} t SET {sets} FROM {source} WHERE {_on(shape)}"
    values = ", ".join(_cast(shape.table.c[name], "u") for name in shape.columns)
    return f"INSERT INTO {table} AS t ({names}) SELECT {values} FROM {source} ORDER BY ord__{_on_conflict(shape)}"


def _on_conflict(shape: _Shape) -> str:
    if shape.conflict is Conflict.RAISE:
        return ""
    if shape.conflict is Conflict.IGNORE:
        return " ON CONFLICT DO NOTHING"
    key = _key_of(shape.table)
    target = ", ".join(f'"{name}"' for name in key)
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in shape.columns if name not in key)
    guard = ' WHERE t."version" < excluded."version"' if shape.conflict is Conflict.NEWER else ""
    return f" ON CONFLICT ({target}) DO UPDATE SET {sets}{guard}"


def _on(shape: _Shape) -> str:
    return " AND ".join(f't."{name}" = {_cast(shape.table.c[name], "u")}' for name in _key_of(shape.table))


def _quoted(table: sa.Table) -> str:
    return f'"{table.schema}"."{table.name}"' if table.schema else f'"{table.name}"'


def _type_of(column: sa.Column[Any]) -> str:
    return str(column.type.compile(dialect=_DIALECT)).lower()


def _array_type(column: sa.Column[Any]) -> str:
    name = _type_of(column)
    return "text[]" if name in ("jsonb", "json") else f"{name}[]"


def _cast(column: sa.Column[Any], alias: str) -> str:
    name = _type_of(column)
    return f'{alias}."{column.name}"' + (f"::{name}" if name in ("jsonb", "json") else "")


def _columns(shape: _Shape, rows: list[Row]) -> list[list[Any]]:
    json = _json_columns(shape)
    return [
        [_json(row[name]) for row in rows] if name in json else [row[name] for row in rows] for name in shape.columns
    ]


@lru_cache(maxsize=1024)
def _json_columns(shape: _Shape) -> frozenset[str]:
    """Looked up once for each shape: asking SQLAlchemy for a type's name costs more than writing a row."""
    return frozenset(name for name in shape.columns if _type_of(shape.table.c[name]) in ("jsonb", "json"))


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(f"no JSON form for {type(value).__name__}")
