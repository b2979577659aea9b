"""Migrations: one platform branch that every service shares, and a branch of each service, each in its own schema."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

PLATFORM: Final = "platform"
"""The branch of the tables that every service has: the bus's and the audit log's."""

_ROOT: Final = Path(__file__).parents[2]
_HERE: Final = Path(__file__).parent / "migrations"
_VERSION_TABLE: Final = "alembic_version"


def versions_folder(branch: str) -> Path:
    """Where the migrations of a branch are: the platform's here, a service's beside its code."""
    if branch == PLATFORM:
        return _HERE / "versions"
    return _ROOT / "services" / branch / "migrations" / "versions"


def script_directory(service: str) -> ScriptDirectory:
    """The migrations of one service: the platform branch and its own."""
    return ScriptDirectory.from_config(_config(service))


async def upgrade(service: str, url: str, revision: str = "heads") -> None:
    """Bring the service's schema to `revision`; does nothing if it is there. Safe to run in several copies.

    `url` is the service's own: the tables belong to its role. Raises RuntimeError for another schema than the
    service's, and SQLAlchemy's DBAPIError if a lock is not had within 5 s: run it again then, for what was migrated
    stays and the rest is untouched.
    """
    config = _config(service)
    async with _connected(service, url) as connection:
        await connection.run_sync(lambda sync: _run(config, sync, revision))


async def current(service: str, url: str) -> frozenset[str]:
    """The revisions that the service's schema stands at; empty for a new one."""
    async with _connected(service, url) as connection:
        return await connection.run_sync(_heads)


async def pending(service: str, url: str) -> list[str]:
    """The revisions that are still to be applied, oldest first. Empty means that code and schema agree."""
    scripts = script_directory(service)
    applied = _ancestors(scripts, await current(service, url))
    return [script.revision for script in reversed(list(scripts.walk_revisions())) if script.revision not in applied]


async def differences(service: str, url: str, metadata: Sequence[sa.MetaData]) -> list[str]:
    """How the service's schema differs from the tables in `metadata`, a line each; empty means no drift."""
    async with _connected(service, url) as connection:
        return await connection.run_sync(lambda sync: _differences(sync, metadata))


async def revise(
    service: str,
    url: str,
    metadata: Sequence[sa.MetaData],
    message: str,
    *,
    branch: str | None = None,
    others: Sequence[sa.MetaData] = (),
) -> Path:
    """Write the next migration of `branch` (the service's own, or PLATFORM) and return its path.

    It holds what `metadata` has and the service's schema, which is up to date, has not. `message` becomes its
    docstring: say why. The tables of `others` belong to another branch and are left out. Read what was
    generated: a renamed column looks like one dropped and one added.
    """
    branch = branch or service
    folder = versions_folder(branch)
    folder.mkdir(parents=True, exist_ok=True)
    config, first = _config(service), not any(folder.glob(f"{branch}_*.py"))
    foreign = {name for one in others for name in one.tables} | {_VERSION_TABLE}
    config.attributes["metadata"] = list(metadata)
    config.attributes["include_name"] = lambda name, kind, parents: kind != "table" or name not in foreign
    options: dict[str, Any] = {"head": f"{branch}@head"}
    if first:
        options = {"head": "base", "branch_label": branch}
        options |= {} if branch == PLATFORM else {"depends_on": f"{PLATFORM}_0001"}
    async with _connected(service, url) as connection:
        return await connection.run_sync(lambda sync: _write(config, sync, branch, message, options))


def _config(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    folders = dict.fromkeys([versions_folder(PLATFORM), versions_folder(service)])
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(one) for one in folders).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s")
    return config


def _run(config: Config, connection: sa.Connection, revision: str) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _heads(connection: sa.Connection) -> frozenset[str]:
    return frozenset(MigrationContext.configure(connection).get_current_heads())


def _ancestors(scripts: ScriptDirectory, heads: frozenset[str]) -> set[str]:
    if not heads:
        return set()
    return {script.revision for script in scripts.iterate_revisions(tuple(heads), "base", implicit_base=True)}


def _differences(connection: sa.Connection, metadata: Sequence[sa.MetaData]) -> list[str]:
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, parents: kind != "table" or name != _VERSION_TABLE,
    }
    found = compare_metadata(MigrationContext.configure(connection, opts=options), list(metadata))  # type: ignore[arg-type]
    return [_told(one) for one in found]


def _told(difference: Any) -> str:
    """`add_column outbox.lane`: what a migration would have to do."""
    if isinstance(difference, list):
        return "; ".join(_told(one) for one in difference)
    kind, *parts = difference
    return " ".join([kind, *(_name(part) for part in parts if part is not None)])


def _name(part: Any) -> str:
    if isinstance(part, sa.Index):
        return f"{part.table.name if part.table is not None else '?'}.{part.name}"
    return str(getattr(part, "name", part))


def _write(config: Config, connection: sa.Connection, branch: str, message: str, options: dict[str, Any]) -> Path:
    config.attributes["connection"] = connection
    folder = versions_folder(branch)
    number = len(list(folder.glob(f"{branch}_*.py"))) + 1
    revision = f"{branch}_{number:04d}"
    command.revision(config, message, autogenerate=True, rev_id=revision, version_path=str(folder), **options)
    path = folder / f"{revision}.py"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    return path


@asynccontextmanager
async def _connected(service: str, url: str) -> AsyncIterator[AsyncConnection]:
    """A connection that alone migrates this schema, gives up on a busy table soon, and shows no parameters."""
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"server_settings": {"application_name": f"nclcc migrate {service}"}, "timeout": 10},
    )
    try:
        async with engine.connect() as connection:
            await _prepare(connection, service)
            yield connection
    finally:
        await engine.dispose()


async def _prepare(connection: AsyncConnection, service: str) -> None:
    schema = (await connection.exec_driver_sql("SELECT current_schema()")).scalar()
    if schema != service:
        raise RuntimeError(f"migrations of {service} run as its own role, in its own schema")
    for statement in (
        "SET lock_timeout = '60s'",  # a second copy waits for the first one's migrations here, and then has none to do
        f"SELECT pg_advisory_lock(hashtextextended('migrate/{service}', 0))",
        "SET lock_timeout = '5s'",  # a migration must not queue before everyone else's queries
        "SET statement_timeout = '10min'",
        "SET idle_in_transaction_session_timeout = '60s'",
    ):
        await connection.exec_driver_sql(statement)
    await connection.commit()
