"""The services' schemas for developers: what drifts from the code, and the next migration generated from it."""

import argparse
import asyncio
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa

import shared.audit.tables
import shared.bus.tables
from nclcc.stack.bootstrap import bootstrap_database
from nclcc.stack.parts import SERVICES, database_url
from nclcc.stack.postgres import EmbeddedPostgres
from shared.db.migrate import PLATFORM, differences, revise, upgrade
from shared.runtime.migrations import metadata_of

PLATFORM_METADATA = (shared.bus.tables.METADATA, shared.audit.tables.METADATA)
"""The tables that every service has."""


def has_models(service: str) -> bool:
    """Whether the service has tables of its own."""
    return importlib.util.find_spec(f"services.{service}.models") is not None


def own_metadata(service: str) -> sa.MetaData:
    """The tables of one service; ModuleNotFoundError if it has none."""
    return metadata_of(service)[-1]


async def check(service: str, url: str) -> list[str]:
    """How the database differs from the code's tables, bus and audit included; empty means that it does not."""
    return await differences(service, url, metadata_of(service))


@asynccontextmanager
async def throw_away_database() -> AsyncIterator[dict[str, str]]:
    """A PostgreSQL that is gone afterwards; yields each service's URL."""
    with tempfile.TemporaryDirectory(prefix="nclcc-schema-") as directory:
        server = _server_in(Path(directory))
        await asyncio.to_thread(server.start)
        try:
            passwords = {service: service for service in SERVICES}
            await bootstrap_database(server.admin_url, passwords)
            yield {name: database_url(server.admin_url, name, name, "nclcc") for name in SERVICES}
        finally:
            await asyncio.to_thread(server.stop)


def _server_in(directory: Path) -> EmbeddedPostgres:
    directory.chmod(0o711)  # the server may run as another account than we do
    return EmbeddedPostgres(directory)


async def _revise(branch: str, message: str) -> Path:
    async with throw_away_database() as urls:
        if branch == PLATFORM:
            # the first service stands for all of them: the branch is the same in each
            service = SERVICES[0]
            await upgrade(service, urls[service], f"{PLATFORM}@head")
            return await revise(service, urls[service], PLATFORM_METADATA, message, branch=PLATFORM)
        await upgrade(branch, urls[branch])
        own = [own_metadata(branch)]
        return await revise(branch, urls[branch], own, message, others=PLATFORM_METADATA)


async def _check(services: Sequence[str]) -> list[str]:
    found = []
    async with throw_away_database() as urls:
        for service in services:
            await upgrade(service, urls[service])
            found += [f"{service}: {line}" for line in await check(service, urls[service])]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nclcc.schema", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    revising = commands.add_parser("revise", help="generate the next migration against a throw-away database")
    revising.add_argument("branch", choices=[*SERVICES, PLATFORM])
    revising.add_argument("-m", "--message", required=True, help="why: it becomes the migration's docstring")
    commands.add_parser("check", help="migrate a throw-away database and compare it with the code")
    chosen = parser.parse_args(arguments)
    if chosen.command == "revise":
        path = asyncio.run(_revise(chosen.branch, chosen.message))
        for step in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
            subprocess.run([sys.executable, "-m", "ruff", *step, str(path)], check=False)
        print(path)
        return 0
    drift = asyncio.run(_check([service for service in SERVICES if has_models(service)]))
    print("\n".join(drift) or "no drift")
    return 1 if drift else 0


if __name__ == "__main__":
    raise SystemExit(main())
