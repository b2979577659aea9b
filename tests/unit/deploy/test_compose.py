"""The compose file: whole, pinned, closed to the outside, and without a secret that has a default."""

import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nclcc.stack.kafka_jars import kafka_version
from shared.audit.keys import private_key_file
from shared.runtime import Settings
from tests.unit.deploy.compose_file import ROOT, SERVICES, VARIABLE, compose, filled, read_env, strings

MAKE_ENV = ROOT / "deploy" / "compose" / "make-env"
JOBS = (*(f"migrate-{service}" for service in SERVICES), "topics", "token", "cli")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which make-env was run."""
    directory = tmp_path_factory.mktemp("compose")
    subprocess.run([sys.executable, str(MAKE_ENV), "--directory", str(directory)], check=True, capture_output=True)
    return directory


def settings_of(service: str) -> type[Settings]:
    """The settings class that the service reads."""
    module = importlib.import_module(f"services.{service}.settings")
    (found,) = (
        one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Settings) and one != Settings
    )
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_all_the_settings_that_it_needs(
    made: Path, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    given = filled(compose()["services"][service]["environment"], read_env(made / ".env"))
    for name in given:
        assert name.startswith("NCLCC_")
        monkeypatch.setenv(name, given[name])
    settings = settings_of(service)()
    assert settings.kafka().username == f"svc-{service}"
    assert settings.database_url.get_secret_value().startswith(f"postgresql://{service}:")
    assert (settings.http_host, settings.http_port) == ("0.0.0.0", 8080)


@pytest.mark.parametrize("service", SERVICES)
def test_each_variable_is_one_that_the_service_reads(service: str) -> None:
    known = set()
    for name, field in settings_of(service).model_fields.items():
        known.add(str(field.alias or f"NCLCC_{name.upper()}"))
    assert set(compose()["services"][service]["environment"]) <= known


def test_no_variable_has_a_default_and_each_says_what_is_missing() -> None:
    for text in strings(compose()):
        for _, message, default in VARIABLE.findall(text):
            assert message, text
            assert not default, text
        assert "$" not in VARIABLE.sub("", text)


def test_no_password_stands_in_the_file() -> None:
    for name, service in compose()["services"].items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|_KEY$|SECRET|DATABASE_URL", variable):
                assert VARIABLE.search(value), f"{name}: {variable}"
    urls = [text for text in strings(compose()) if text.startswith("postgresql://")]
    assert len(urls) == 8
    assert all(re.fullmatch(r"postgresql://\w+:\$\{[^}]+\}@postgres:5432/nclcc", url) for url in urls)


def test_images_are_pinned_and_the_brokers_is_the_version_that_tests_run_on() -> None:
    services = compose()["services"]
    for service in services.values():
        assert re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?", service["image"])
    assert services["kafka"]["image"] == f"apache/kafka:{kafka_version()}"
    assert services["postgres"]["image"].startswith("postgres:18.")


def test_ports_are_open_on_loopback_only_and_each_once() -> None:
    ports = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports)
    assert len({port.split(":")[1] for port in ports}) == len(ports) == 6


def test_whatever_keeps_running_has_a_healthcheck_and_comes_back() -> None:
    for name, service in compose()["services"].items():
        if name in JOBS:
            assert service["restart"] == "no"
        else:
            assert service["healthcheck"]["test"][0] == "CMD"
            assert service["restart"] == "unless-stopped"


def test_services_start_after_their_schemas_and_topics_are_there() -> None:
    services = compose()["services"]
    for service in SERVICES:
        jobs = (f"migrate-{service}", "topics")
        assert services[service]["depends_on"] == {job: {"condition": "service_completed_successfully"} for job in jobs}
        migrates = services[f"migrate-{service}"]
        assert migrates["command"] == ["nclcc", "migrate", service]
        assert migrates["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", [*SERVICES, *JOBS])
def test_our_own_containers_may_do_little(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_mounted_file_and_volume_exists(made: Path) -> None:
    document = filled(compose(), read_env(made / ".env"))
    sources = [volume.split(":")[0] for one in document["services"].values() for volume in one.get("volumes", [])]
    assert "./deploy/compose/kafka" in sources
    for source in sources:
        assert (ROOT / source).exists() if source.startswith("./") else source in document["volumes"]
    for secret in document["secrets"].values():
        assert (made / secret["file"]).is_file()


def test_each_service_signs_its_audit_log_with_a_key_of_its_own(made: Path) -> None:
    document = compose()
    keys = set()
    for service in SERVICES:
        (secret,) = document["services"][service]["secrets"]
        given = document["services"][service]["environment"]["NCLCC_AUDIT_KEY_FILE"]
        assert given == f"/run/secrets/{secret['target']}"
        keys.add(private_key_file(made / document["secrets"][secret["source"]]["file"]).private_bytes_raw())
    assert len(keys) == len(SERVICES)


def test_what_make_env_writes_is_closed_to_others_and_written_once(made: Path) -> None:
    assert (made / ".env").stat().st_mode & 0o777 == 0o600
    assert (made / "deploy/compose/secrets").stat().st_mode & 0o777 == 0o700
    before = (made / ".env").read_text()
    again = subprocess.run([sys.executable, str(MAKE_ENV), "--directory", str(made)], capture_output=True)
    assert again.returncode == 1
    assert b"already there" in again.stderr
    assert (made / ".env").read_text() == before


def test_make_env_gives_just_the_variables_that_compose_asks_for(made: Path) -> None:
    asked = {name for text in strings(compose()) for name, _, _ in VARIABLE.findall(text)}
    environment = read_env(made / ".env")
    assert set(environment) == asked
    drawn = [value for name, value in environment.items() if re.search("PASSWORD|ID_KEY", name)]
    assert len(set(drawn)) == len(drawn) == 11
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in drawn)


def test_compose_itself_takes_the_file_where_it_is_installed(made: Path) -> None:
    """Where the plugin is missing the other tests here stand alone."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        return
    command: list[Any] = [docker, "compose", "--env-file", made / ".env", "--file", ROOT / "docker-compose.yml"]
    done = subprocess.run([*command, "--project-directory", ROOT, "config", "--quiet"], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
