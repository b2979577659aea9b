"""Compose's broker as its container starts it, on the jars of the tests: logins, ACLs, and a second start."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from nclcc.stack import free_port
from nclcc.stack.kafka_jars import verified_jars
from nclcc.stack.network import speaks_kafka
from tests.conftest import until

ROOT: Final = Path(__file__).parents[3]
NAMES: Final = ("ADMIN", "INTEL", "TASKING", "SAFEGUARDING", "NOTIFY")


@dataclass
class Container:
    """What the container would be: a home for Kafka, a data volume, the environment that compose gives."""

    home: Path
    inside: int
    outside: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.home / "log"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["/bin/sh", str(ROOT / "deploy/compose/kafka/start")],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    async def serves(self) -> None:
        assert self.process is not None
        process = self.process
        await until(lambda: process.poll() is not None or self.started(), "the broker serves")
        assert process.poll() is None, self.log.read_text()

    def started(self) -> bool:
        return "Kafka Server started" in self.log.read_text() and speaks_kafka("127.0.0.1", self.inside)

    def client(self, principal: str, password: str, port: int) -> AdminClient:
        return AdminClient(
            {
                "bootstrap.servers": f"127.0.0.1:{port}",
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": principal,
                "sasl.password": password,
            },
            logger=_quiet(),
        )


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    inside, outside, controller = free_port(), free_port(), free_port()
    (tmp_path / "kafka" / "bin").mkdir(parents=True)
    (tmp_path / "kafka" / "libs").symlink_to(verified_jars()[0].parent)
    server = tmp_path / "kafka" / "bin" / "kafka-server-start.sh"
    log4j = f"-Dlog4j2.configurationFile={ROOT / 'deploy/kafka/log4j2.xml'}"
    server.write_text(f'#!/bin/sh\nexec java -Xmx512m {log4j} -cp "$KAFKA_HOME/libs/*" kafka.Kafka "$1"\n')
    server.chmod(0o700)
    properties = (ROOT / "deploy/compose/kafka/server.properties").read_text()
    for before, after in (
        ("/var/lib/kafka/data", str(tmp_path / "data")),
        ("CLIENTS://kafka:9092", f"CLIENTS://127.0.0.1:{inside}"),
        ("HOST://localhost:9094", f"HOST://127.0.0.1:{outside}"),
        (":9092", f":{inside}"),
        (":9094", f":{outside}"),
        (":9093", f":{controller}"),
    ):
        assert before in properties
        properties = properties.replace(before, after)
    (tmp_path / "server.properties").write_text(properties)
    made = Container(tmp_path, inside, outside, _environment(tmp_path))
    yield made
    made.stop()


def _environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(home),
        "KAFKA_HOME": str(home / "kafka"),
        "NCLCC_KAFKA_PROPERTIES": str(home / "server.properties"),
        # begins with a dash, as one in 64 ids does
        "NCLCC_KAFKA_CLUSTER_ID": "-bc4567890123456789012",
        **{f"NCLCC_KAFKA_PASSWORD_{name}": secrets.token_hex(32) for name in NAMES},
    }


async def test_it_gives_the_logins_at_its_first_start_and_keeps_them(container: Container) -> None:
    passwords = {name: container.environment[f"NCLCC_KAFKA_PASSWORD_{name}"] for name in NAMES}
    container.start()
    await container.serves()
    admin = container.client("admin", passwords["ADMIN"], container.outside)
    admin.create_topics([NewTopic("first.v1", 1, 1)])["first.v1"].result(15)
    # logged in, and no ACL lets it see anything
    service = container.client("svc-intel", passwords["INTEL"], container.inside)
    assert "first.v1" not in service.list_topics(timeout=15).topics
    with pytest.raises(KafkaException):
        container.client("svc-intel", passwords["NOTIFY"], container.inside).list_topics(timeout=3)

    container.stop()
    container.log.write_text("")
    container.start()
    await container.serves()
    again = container.client("admin", passwords["ADMIN"], container.inside)
    assert "first.v1" in again.list_topics(timeout=15).topics
    written = container.log.read_text()
    assert not [name for name, password in passwords.items() if password in written]
    assert "ScramCredential" not in written
    # the arguments' file is gone
    assert sorted(path.name for path in container.home.iterdir()) == ["data", "kafka", "log", "server.properties"]


@pytest.mark.parametrize("missing", ["NCLCC_KAFKA_CLUSTER_ID", *(f"NCLCC_KAFKA_PASSWORD_{name}" for name in NAMES)])
def test_it_names_what_is_missing_and_does_not_start(container: Container, missing: str) -> None:
    del container.environment[missing]
    container.start()
    assert container.process is not None
    assert container.process.wait(10) != 0
    assert f"{missing}: is not set" in container.log.read_text()


def _quiet() -> object:
    """librdkafka reports each refused login on stderr unless it has a logger."""
    import logging

    return logging.getLogger("tests.kafka")
