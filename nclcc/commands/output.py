"""What every command prints with: data to standard output, everything else to standard error."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.table import Table

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def say(message: str) -> None:
    """For a person who watches; never in the way of a pipe."""
    err.print(message, markup=False)


def fail(message: str, status: int = 1) -> NoReturn:
    """End the command with a message and a status."""
    err.print(f"nclcc: {message}", style="red", markup=False)
    raise typer.Exit(status)


def show_json(value: Any) -> None:
    """One JSON document on one line, for scripts."""
    typer.echo(orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode())


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """A table; plain words where there is nothing to show."""
    if not rows:
        out.print(empty, markup=False)
        return
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    out.print(table)


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], as_json: bool, empty: str) -> None:
    """The same rows as a JSON array or as a table of some of their columns."""
    if as_json:
        show_json([dict(row) for row in rows])
        return
    show_table(columns, [[_cell(row.get(name)) for name in columns] for row in rows], empty)


def _cell(value: object) -> str:
    return "-" if value is None else str(value)
