"""PostgreSQL from the wheel: how it starts, who gets in, what survives a kill; and the roles made in it."""

import asyncio
import os
import secrets
import signal
import subprocess
from pathlib import Path

import asyncpg
import pytest

from nclcc.stack import SERVICES, EmbeddedPostgres, bootstrap_database, database_url
from nclcc.stack.postgres import copied_programs

DENIED = asyncpg.InsufficientPrivilegeError


@pytest.fixture(scope="module")
def passwords() -> dict[str, str]:
    return {service: secrets.token_urlsafe(16) for service in SERVICES}


async def ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


class TestServer:
    @pytest.mark.parametrize(
        ("setting", "value"),
        [("fsync", "on"), ("synchronous_commit", "on"), ("max_connections", "200"), ("TimeZone", "UTC")],
    )
    async def test_settings(self, postgres: EmbeddedPostgres, setting: str, value: str) -> None:
        assert await ask(postgres.admin_url, f"SHOW {setting}") == value

    async def test_a_wrong_password_is_refused(self, postgres: EmbeddedPostgres) -> None:
        url = database_url(postgres.admin_url, "postgres", "guess", "postgres")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(url, "SELECT 1")

    async def test_the_log_tells_no_values(self, postgres: EmbeddedPostgres) -> None:
        await ask(postgres.admin_url, "CREATE TABLE IF NOT EXISTS marked (name text PRIMARY KEY)")
        await ask(postgres.admin_url, "INSERT INTO marked VALUES ('MARKER') ON CONFLICT DO NOTHING")
        with pytest.raises(asyncpg.UniqueViolationError):
            await ask(postgres.admin_url, "INSERT INTO marked VALUES ('MARKER')")
        log = postgres.log_path.read_text()
        assert "duplicate key" in log
        assert "MARKER" not in log

    @pytest.mark.parametrize("how", ["kill", "restart"])
    async def test_what_was_committed_is_still_there(self, postgres: EmbeddedPostgres, how: str) -> None:
        before = postgres.admin_url
        await ask(before, f"CREATE TABLE kept_{how} AS SELECT 42 AS answer")
        await asyncio.to_thread(postgres.kill if how == "kill" else postgres.restart)
        if how == "kill":
            await asyncio.to_thread(postgres.start)
        assert postgres.admin_url == before
        assert await ask(before, f"SELECT answer FROM kept_{how}") == 42

    async def test_a_kill_from_outside_is_survived(self, postgres: EmbeddedPostgres) -> None:
        os.kill(postgres.process.pid, signal.SIGKILL)
        await asyncio.to_thread(postgres.restart)
        assert await ask(postgres.admin_url, "SELECT 1") == 1

    async def test_two_run_side_by_side(self, postgres: EmbeddedPostgres, run_dir: Path) -> None:
        other = EmbeddedPostgres(run_dir / "other")
        await asyncio.to_thread(other.start)
        assert await ask(other.admin_url, "SELECT 1") == 1
        assert other.admin_url != postgres.admin_url
        await asyncio.to_thread(other.stop)

    def test_its_programs_run_from_a_copy(self, tmp_path: Path) -> None:
        programs = copied_programs(tmp_path)
        done = subprocess.run((programs / "initdb", "--version"), capture_output=True, text=True, check=True)
        assert "PostgreSQL" in done.stdout


class TestBootstrap:
    async def test_each_role_owns_its_schema_and_works_in_it(
        self, postgres: EmbeddedPostgres, passwords: dict[str, str]
    ) -> None:
        await bootstrap_database(postgres.admin_url, passwords)
        for service in SERVICES:
            url = database_url(postgres.admin_url, service, passwords[service], "nclcc")
            assert await ask(url, "SELECT current_schema()") == service
            await ask(url, "CREATE TABLE IF NOT EXISTS own (id int)")
            assert await ask(url, f"SELECT count(*) FROM {service}.own") == 0

    async def test_no_role_reaches_another_schema(self, postgres: EmbeddedPostgres, passwords: dict[str, str]) -> None:
        await bootstrap_database(postgres.admin_url, passwords)
        for service in SERVICES:
            url = database_url(postgres.admin_url, service, passwords[service], "nclcc")
            await ask(url, "CREATE TABLE IF NOT EXISTS own (id int)")
            for other in ("public", *(name for name in SERVICES if name != service)):
                with pytest.raises(DENIED):
                    await ask(url, f"CREATE TABLE {other}.intruder (id int)")
                with pytest.raises((DENIED, asyncpg.UndefinedTableError)):
                    await ask(url, f"SELECT * FROM {other}.own")

    async def test_no_role_may_make_roles_databases_or_schemas(
        self, postgres: EmbeddedPostgres, passwords: dict[str, str]
    ) -> None:
        await bootstrap_database(postgres.admin_url, passwords)
        url = database_url(postgres.admin_url, "intel", passwords["intel"], "nclcc")
        for statement in ("CREATE ROLE x", "CREATE DATABASE x", "CREATE SCHEMA x", "SET ROLE tasking"):
            with pytest.raises(DENIED):
                await ask(url, statement)

    async def test_again_and_twice_at_once(self, postgres: EmbeddedPostgres, passwords: dict[str, str]) -> None:
        changed = {**passwords, "intel": "changed"}
        await bootstrap_database(postgres.admin_url, passwords, "elsewhere")
        await asyncio.gather(
            *(bootstrap_database(postgres.admin_url, changed, name) for name in ("elsewhere", "third", "third"))
        )
        url = database_url(postgres.admin_url, "intel", "changed", "elsewhere")
        assert await ask(url, "SELECT current_user") == "intel"
        await bootstrap_database(postgres.admin_url, passwords)

    async def test_an_administrator_need_not_be_superuser(
        self, postgres: EmbeddedPostgres, passwords: dict[str, str], run_dir: Path
    ) -> None:
        fresh = EmbeddedPostgres(run_dir / "managed")
        await asyncio.to_thread(fresh.start)
        await ask(fresh.admin_url, "CREATE ROLE landlord LOGIN CREATEROLE CREATEDB PASSWORD 'pw'")
        url = database_url(fresh.admin_url, "landlord", "pw", "postgres")
        await bootstrap_database(url, passwords)
        await bootstrap_database(url, passwords)
        own = database_url(fresh.admin_url, "notify", passwords["notify"], "nclcc")
        assert await ask(own, "SELECT current_schema()") == "notify"
        await asyncio.to_thread(fresh.stop)

    @pytest.mark.parametrize("missing", SERVICES)
    async def test_a_missing_password_is_an_error(
        self, postgres: EmbeddedPostgres, passwords: dict[str, str], missing: str
    ) -> None:
        given = {service: word for service, word in passwords.items() if service != missing}
        with pytest.raises(KeyError):
            await bootstrap_database(postgres.admin_url, given)

    async def test_an_empty_password_is_an_error(self, postgres: EmbeddedPostgres, passwords: dict[str, str]) -> None:
        with pytest.raises(asyncpg.RaiseError, match="no password given for role notify"):
            await bootstrap_database(postgres.admin_url, {**passwords, "notify": ""})
