"""Every service's schema comes out the same, from nothing and from each earlier state, and is what the code says."""

import asyncio

import asyncpg
import pytest
import sqlalchemy as sa

from nclcc.schema import PLATFORM_METADATA, check, has_models
from nclcc.stack import SERVICES
from shared.db.migrate import (
    PLATFORM,
    current,
    differences,
    pending,
    revise,
    script_directory,
    upgrade,
    versions_folder,
)
from tests.migrations.conftest import EmptyDatabase

WITH_TABLES = [service for service in SERVICES if has_models(service)]


def oldest_first(service: str) -> list[str]:
    return [one.revision for one in reversed(list(script_directory(service).walk_revisions()))]


@pytest.mark.parametrize("service", SERVICES)
class TestUpgrade:
    async def test_from_nothing(self, empty_database: EmptyDatabase, service: str) -> None:
        url = await empty_database(service)
        assert await current(service, url) == frozenset()
        assert await pending(service, url) == oldest_first(service)
        await upgrade(service, url)
        assert await pending(service, url) == []

    async def test_again_changes_nothing(self, empty_database: EmptyDatabase, service: str) -> None:
        url = await empty_database(service)
        await upgrade(service, url)
        before = await current(service, url)
        await upgrade(service, url)
        assert await current(service, url) == before

    async def test_from_each_earlier_revision(self, empty_database: EmptyDatabase, service: str) -> None:
        """Every release stood at one of these: from there to the next is how a running system is upgraded."""
        url = await empty_database(service)
        for left, revision in reversed(list(enumerate(reversed(oldest_first(service))))):
            await upgrade(service, url, revision)
            assert len(await pending(service, url)) == left

    async def test_everything_belongs_to_the_service(self, empty_database: EmptyDatabase, service: str) -> None:
        url = await empty_database(service)
        await upgrade(service, url)
        rows = await _fetch(
            url, "SELECT schemaname, tableowner FROM pg_tables WHERE schemaname !~ '^(pg_|information)'"
        )
        assert set(rows) == {(service, service)}


@pytest.mark.parametrize("service", WITH_TABLES)
async def test_the_database_is_what_the_code_says(empty_database: EmptyDatabase, service: str) -> None:
    url = await empty_database(service)
    for revision in oldest_first(service):
        await upgrade(service, url, revision)
    assert await check(service, url) == []


async def test_copies_that_start_together_migrate_once(empty_database: EmptyDatabase) -> None:
    url = await empty_database("intel")
    await asyncio.gather(*(upgrade("intel", url) for _ in range(4)))
    assert await pending("intel", url) == []


async def test_in_another_service_s_schema_it_refuses(empty_database: EmptyDatabase) -> None:
    url = await empty_database("intel")
    with pytest.raises(RuntimeError, match="in its own schema"):
        await upgrade("tasking", url)
    assert await _fetch(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'intel'") == []


async def test_one_role_cannot_see_another_s_tables(empty_database: EmptyDatabase) -> None:
    for service in ("intel", "tasking"):
        await upgrade(service, await empty_database(service))
    url = await empty_database("intel")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _fetch(url, "SELECT 1 FROM tasking.outbox")


class TestDrift:
    async def test_each_kind_is_told(self, empty_database: EmptyDatabase) -> None:
        url = await empty_database("intel")
        await upgrade("intel", url, f"{PLATFORM}@head")
        assert await differences("intel", url, PLATFORM_METADATA) == []
        await _fetch(url, "ALTER TABLE outbox DROP COLUMN lane")
        await _fetch(url, "ALTER TABLE inbox ALTER COLUMN claimed_at DROP NOT NULL")
        await _fetch(url, "ALTER TABLE leases ALTER COLUMN owner TYPE varchar(5)")
        await _fetch(url, "ALTER TABLE audit_log ALTER COLUMN txid DROP DEFAULT")
        await _fetch(url, "DROP INDEX audit_log_txid")
        await _fetch(url, "DROP TABLE positions")
        await _fetch(url, "CREATE TABLE extra (id int)")
        found = await differences("intel", url, PLATFORM_METADATA)
        assert {line.split(" ", 1)[0] for line in found} == {
            *("add_column", "modify_nullable", "modify_type", "modify_default"),
            *("add_index", "add_table", "remove_table"),
        }
        assert "add_index audit_log.audit_log_txid" in found
        assert "remove_table extra" in found


class TestRevising:
    async def test_what_is_new_becomes_the_next_migration(
        self, empty_database: EmptyDatabase, tmp_path: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shared.db.migrate._ROOT", tmp_path)
        url = await empty_database("intel")
        await upgrade("intel", url)
        metadata = sa.MetaData()
        sa.Table("first", metadata, sa.Column("id", sa.Uuid, primary_key=True))
        one = await revise("intel", url, [metadata], "Hold the first.", others=PLATFORM_METADATA)
        await upgrade("intel", url)
        sa.Table("second", metadata, sa.Column("id", sa.Uuid, primary_key=True))
        two = await revise("intel", url, [metadata], "Hold the second.", others=PLATFORM_METADATA)
        await upgrade("intel", url)
        assert [one.name, two.name] == ["intel_0001.py", "intel_0002.py"]
        assert two.read_text().startswith('"""Hold the second."""\n')
        assert "outbox" not in one.read_text() + two.read_text()
        assert await differences("intel", url, [*PLATFORM_METADATA, metadata]) == []


@pytest.mark.parametrize("branch", [PLATFORM, *SERVICES])
class TestEachMigration:
    def test_says_why(self, branch: str) -> None:
        for path in sorted(versions_folder(branch).glob("*.py")):
            first = path.read_text(encoding="utf-8").splitlines()[0]
            assert first.startswith('"""'), path.name
            assert len(first.strip('"').split()) >= 4, f"{path.name} does not say why"

    def test_its_name_is_its_revision(self, branch: str) -> None:
        paths = sorted(versions_folder(branch).glob("*.py"))
        assert [path.stem for path in paths] == [f"{branch}_{number:04d}" for number in range(1, len(paths) + 1)]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_s_branch_has_one_head_and_stands_on_the_platform(service: str) -> None:
    scripts = script_directory(service)
    assert len(scripts.get_heads()) <= 2
    for one in scripts.walk_revisions():
        assert one.down_revision or one.dependencies or one.revision == f"{PLATFORM}_0001"


async def _fetch(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()
