"""`nclcc migrate` and `nclcc topics`: bring database and broker to what the code expects."""

from typing import Annotated

import typer

from nclcc.commands.output import fail, show_rows
from nclcc.commands.reach import broker_admin, broker_client, database_url, run
from nclcc.stack import SERVICES
from shared.bus.client import topic_names
from shared.contracts.topics import Topic, internal_topics, topics_of
from shared.db import migrate as migrations


def migrate(
    services: Annotated[list[str] | None, typer.Argument(help="Which services; none: all.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; status 1 if something is pending.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Bring the services' schemas up to date, each under its own role.

    \b
    Examples:
      nclcc migrate
      nclcc migrate --check
      NCLCC_DATABASE_URL=postgresql://tasking:…@db/nclcc nclcc migrate tasking
    """
    wanted = services or list(SERVICES)
    unknown = [service for service in wanted if service not in SERVICES]
    if unknown:
        fail(f"there is no service {', '.join(unknown)}; there are {', '.join(SERVICES)}", 2)
    rows = run(_migrate(wanted, check))
    show_rows(rows, ["service", "pending" if check else "applied"], json, "nothing to do")
    if check and any(row["pending"] for row in rows):
        raise typer.Exit(1)


async def _migrate(services: list[str], check: bool) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for service in services:
        url = database_url(service, alone=len(services) == 1)
        pending = await migrations.pending(service, url)
        if pending and not check:
            await migrations.upgrade(service, url)
        rows.append({"service": service, "pending" if check else "applied": pending})
    return rows


def topics(
    ensure: Annotated[bool, typer.Option("--ensure", help="Make what is missing, with the rights to it.")] = False,
    organisation: Annotated[str | None, typer.Option("--of", help="Those of an organisation.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Show the topics that the code declares, and which of them the broker lacks.

    \b
    Examples:
      nclcc topics
      nclcc topics --of kent
      nclcc topics --ensure
    """
    wanted = topics_of(organisation) if organisation else internal_topics()
    if ensure:
        run(_ensure(wanted, organisation))
    there = topic_names(broker_client())
    rows = [_row(topic, topic.name in there) for topic in wanted]
    show_rows(rows, ["topic", "there", "partitions", "cleanup", "days", "writer"], json, "no topics")


async def _ensure(wanted: list[Topic], organisation: str | None) -> None:
    admin = broker_admin()
    await admin.ensure_topics(wanted)
    if organisation:
        await admin.ensure_organisation_acls(organisation)
    else:
        await admin.ensure_service_acls()


def _row(topic: Topic, there: bool) -> dict[str, object]:
    return {
        "topic": topic.name,
        "there": "yes" if there else "missing",
        "partitions": topic.partitions,
        "cleanup": topic.cleanup,
        "days": topic.retention_days if topic.cleanup == "delete" else None,
        "writer": topic.writer,
        "readers": list(topic.readers),
        "about": topic.about,
    }
