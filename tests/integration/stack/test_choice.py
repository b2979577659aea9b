"""Which stack a run gets, and that nothing of it is left, whatever ends the run."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TypedDict

import psutil
import pytest

from nclcc.stack import EmbeddedPostgres, EnvBroker, EnvDatabase, StackError, TansuBroker, choose_stack
from nclcc.stack import choice as choices
from nclcc.stack.kafka_jars import kafka_available
from nclcc.stack.network import LOOPBACK, listens

KINDS = ("embedded", "kafka") if kafka_available() else ("embedded",)
RUN = """
import json, sys, urllib.parse
from nclcc.stack import choose_stack
with choose_stack(sys.argv[1]) as stack:
    child = stack.supervisor.start("child", ["sleep", "600"])
    pids = [child.pid, stack.broker.process.pid, stack.database.process.pid]
    ports = [stack.broker.bootstrap.rpartition(":")[2], urllib.parse.urlsplit(stack.database.admin_url).port]
    print(json.dumps({"pids": pids, "ports": [int(p) for p in ports], "dir": str(stack.run_dir)}), flush=True)
    if sys.argv[2:] == ["fail"]:
        raise LookupError
    sys.stdin.read()
"""


class Facts(TypedDict):
    pids: list[int]
    ports: list[int]
    dir: str


def run(kind: str, *arguments: str) -> tuple[subprocess.Popen[str], Facts, list[psutil.Process]]:
    process = subprocess.Popen(
        (sys.executable, "-c", RUN, kind, *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    facts: Facts = json.loads(process.stdout.readline())
    family = [psutil.Process(pid) for pid in facts["pids"]] if arguments == () else []
    family += [member for parent in family for member in parent.children(recursive=True)]
    return process, facts, family


def runs(member: psutil.Process) -> bool:
    try:
        return member.is_running() and member.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def left_over(family: list[psutil.Process], ports: list[int], seconds: float = 10) -> list[object]:
    deadline = time.monotonic() + seconds
    while True:
        left: list[object] = [member for member in family if runs(member)]
        left += [port for port in ports if listens(LOOPBACK, port)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


class TestEnd:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(
        ("signum", "status"),
        [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)],
    )
    def test_a_signal_leaves_no_process_and_no_port(self, kind: str, signum: int, status: int) -> None:
        process, facts, family = run(kind)
        os.kill(process.pid, signum)
        assert process.wait(30) == status
        process.communicate()
        assert left_over(family, facts["ports"]) == []
        # Only who is killed outright cannot clear up.
        assert Path(facts["dir"]).exists() == (signum == signal.SIGKILL)
        shutil.rmtree(facts["dir"], ignore_errors=True)

    def test_a_failure_leaves_no_process_and_no_port(self) -> None:
        process, facts, _ = run("embedded", "fail")
        assert process.wait(30) == 1
        process.communicate()
        assert not any(psutil.pid_exists(pid) for pid in facts["pids"])
        assert left_over([], facts["ports"]) == []
        assert not Path(facts["dir"]).exists()


class TestChoice:
    def test_the_environment_comes_first(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("NCLCC_KAFKA_BOOTSTRAP", "broker:9092")
        monkeypatch.setenv("NCLCC_DATABASE_ADMIN_URL", "postgresql://admin:pw@db:5432/postgres")
        stack = choose_stack("auto", tmp_path)
        assert stack.kind == "env"
        assert isinstance(stack.broker, EnvBroker)
        assert isinstance(stack.database, EnvDatabase)
        assert stack.broker.bootstrap == "broker:9092"
        assert stack.service_url("intel").endswith("@db:5432/nclcc")

    def test_a_broker_that_forgets_never_meets_a_database_that_remembers(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("NCLCC_DATABASE_ADMIN_URL", "postgresql://admin:pw@db:5432/postgres")
        monkeypatch.setattr(choices, "kafka_available", lambda: False)
        with pytest.raises(StackError, match="NCLCC_KAFKA_BOOTSTRAP is not set"):
            choose_stack("auto", tmp_path)

    def test_without_java_and_an_engine_it_is_embedded(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(choices, "kafka_available", lambda: False)
        monkeypatch.setattr(choices, "containers_available", lambda: False)
        stack = choose_stack("auto", tmp_path)
        assert isinstance(stack.broker, TansuBroker)
        assert isinstance(stack.database, EmbeddedPostgres)
        assert [line.split(":")[0] for line in stack.banner] == ["broker", "database"]

    def test_altered_jars_are_not_used(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def refuse() -> list[Path]:
            raise StackError("altered")

        monkeypatch.setattr(choices, "kafka_available", lambda: True)
        monkeypatch.setattr(choices, "verified_jars", refuse)
        monkeypatch.setattr(choices, "containers_available", lambda: False)
        assert choose_stack("auto", tmp_path).kind == "embedded"
        with pytest.raises(StackError, match="altered"):
            choose_stack("kafka", tmp_path)

    def test_no_password_shows(self, tmp_path: Path) -> None:
        stack = choose_stack("embedded", tmp_path)
        assert set(stack.passwords) == {"intel", "tasking", "safeguarding", "notify"}
        assert all(password not in repr(stack) for password in stack.passwords.values())


class TestEnvironment:
    def test_a_login_makes_it_secure(self) -> None:
        broker = EnvBroker({"NCLCC_KAFKA_BOOTSTRAP": "b:1", "NCLCC_KAFKA_ADMIN_PASSWORD": "pw"})
        security = broker.security
        assert security is not None
        assert security.client("admin")["security.protocol"] == "SASL_SSL"

    def test_without_a_login_there_is_none(self) -> None:
        assert EnvBroker({"NCLCC_KAFKA_BOOTSTRAP": "b:1"}).security is None

    def test_it_is_not_ours_to_kill(self) -> None:
        for part in (EnvBroker({}), EnvDatabase({})):
            with pytest.raises(StackError, match="not ours"):
                part.kill()
            with pytest.raises(StackError, match="not ours"):
                part.restart()
            with pytest.raises(StackError, match="is not set"):
                part.start()

    def test_an_address_of_another_kind_is_refused(self) -> None:
        database = EnvDatabase({"NCLCC_DATABASE_ADMIN_URL": "mysql://x"})
        with pytest.raises(StackError, match="must look like"):
            assert database.admin_url
