"""`nclcc dlt`: what could not be handled: list it, look at it, take it again. All of it is audited."""

from typing import Annotated, Any

import typer

from nclcc.commands.output import fail, out, show_json, show_rows
from nclcc.commands.reach import ask, database_url, run
from nclcc.stack import SERVICES
from shared.audit import Action, Entry, Way, record
from shared.auth.principal import CENTRE
from shared.bus.work import Work
from shared.db import connect
from shared.kernel.clock import SystemClock

app = typer.Typer(help="Dead letters: list, show, replay.", no_args_is_help=True, rich_markup_mode=None)
_COLUMNS = ["consumer", "topic", "partition", "offset", "error_class", "attempts", "first_at"]
_AS_JSON = typer.Option("--json", help="Print JSON.")


@app.command("list")
def list_(
    service: Annotated[str | None, typer.Option(help="Of one service only.")] = None,
    json: Annotated[bool, _AS_JSON] = False,
) -> None:
    """What is set aside now, oldest first: where it stood and why, never what it holds.

    \b
    Examples:
      nclcc dlt list
      nclcc dlt list --service tasking --json
    """
    found: list[dict[str, Any]] = []
    for name in [service] if service else SERVICES:
        found += ask(name, "GET", "/v1/dead-letters")
    show_rows(found, _COLUMNS, json, "no dead letters")


@app.command()
def show(
    consumer: Annotated[str, typer.Argument(help="The group that could not handle it, such as tasking.submissions.")],
    topic: Annotated[str, typer.Argument()],
    partition: Annotated[int, typer.Argument(min=0)],
    offset: Annotated[int, typer.Argument(min=0)],
    json: Annotated[bool, _AS_JSON] = False,
) -> None:
    """One dead letter with its content, read from the service's database; the reading is audited.

    \b
    Example:
      nclcc dlt show tasking.submissions org.kent.pursue.v1 0 41
    """
    found = run(_read(consumer, topic, partition, offset))
    if found is None:
        fail("there is no such dead letter")
    if json:
        show_json(found)
        return
    for name, value in found.items():
        out.print(f"{name:<12}{value}", markup=False)


@app.command()
def replay(
    consumer: Annotated[str, typer.Argument(help="The group whose dead letters are taken again, in order.")],
    topic: Annotated[str | None, typer.Option(help="Of one topic only.")] = None,
    json: Annotated[bool, _AS_JSON] = False,
) -> None:
    """Take dead letters again, after what was wrong is mended. The first that still fails holds up the rest.

    \b
    Examples:
      nclcc dlt replay tasking.submissions
      nclcc dlt replay tasking.submissions --topic org.kent.pursue.v1
    """
    asked = ask(consumer.split(".")[0], "POST", "/v1/dead-letters/replay", json={"consumer": consumer, "topic": topic})
    show_json(asked) if json else out.print(f"{asked['requested']} will be taken again", markup=False)


async def _read(consumer: str, topic: str, partition: int, offset: int) -> dict[str, Any] | None:
    service = consumer.split(".")[0]
    if service not in SERVICES:
        fail(f"{consumer} is no group of {', '.join(SERVICES)}", 2)
    engine = connect(database_url(service), pool_size=1, name="nclcc dlt")
    try:
        async with Work(engine, SystemClock()) as work:
            rows = await work.fetch(
                'SELECT consumer, topic, partition, "offset", error_class, attempts, first_at, last_at,'
                " replayed_at, convert_from(key, 'UTF8') AS key, value FROM dead_letters"
                ' WHERE consumer = $1 AND topic = $2 AND partition = $3 AND "offset" = $4',
                consumer,
                topic,
                partition,
                offset,
            )
            record(work, _consulted(f"{consumer}/{topic}/{partition}/{offset}"))
            await work.commit()
    finally:
        await engine.dispose()
    return _shown(dict(rows[0])) if rows else None


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    value = row.pop("value")
    return row | {"value": value.decode("utf-8", "replace") if value is not None else None}


def _consulted(id: str) -> Entry:
    return Entry(
        action=Action.CONSULTATION,
        record_kind="dead_letter",
        record_id=id[:200],
        actor="operator",
        organisation=CENTRE,
        way=Way.CLI,
    )
