"""Apache Kafka on this machine: one node in KRaft mode, logins by SCRAM, and no access without an ACL."""

import base64
import os
import secrets
import shutil
import subprocess
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path

from nclcc.stack.deployment import deployment_file
from nclcc.stack.errors import StackError
from nclcc.stack.kafka_jars import kafka_version, verified_jars
from nclcc.stack.network import LOOPBACK, free_port, speaks_kafka
from nclcc.stack.parts import ADMIN, SERVICE_PRINCIPALS, Security
from nclcc.stack.process import Command, Process

START_SECONDS = 60.0
STOP_SECONDS = 15.0
STARTED = "Kafka Server started"
HEAP = "512m"
# Short-lived and small: the first compiler tier and the serial collector start fastest and leave the cores
# to others.
JVM_OPTIONS = (
    f"-Xmx{HEAP}",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Xshare:auto",
    "-Djava.awt.headless=true",
)
# What organisations submit may have 1 MB; a dead letter carries that and its own envelope.
MAX_MESSAGE_BYTES = 2_300_000


class LocalKafka:
    """A broker and controller in one process, on free loopback ports, with data in `run_dir/kafka`.

    `principals` can log in from the first moment; others are added through the admin API. `User:admin` may
    do everything; to all others what no ACL allows is refused.
    """

    name = "Apache Kafka (KRaft, local)"
    durable = True

    def __init__(self, run_dir: Path, principals: Iterable[str] = SERVICE_PRINCIPALS) -> None:
        self._run_dir = run_dir
        self._home = run_dir / "kafka"
        self._port = free_port()
        self._controller_port = free_port()
        passwords = {principal: secrets.token_urlsafe(32) for principal in (ADMIN, *principals)}
        self._security = Security(passwords)
        self._process: Process | None = None
        self._log_offset = 0

    @property
    def version(self) -> str:
        return kafka_version()

    @property
    def log_path(self) -> Path:
        return self._run_dir / "logs" / "kafka.log"

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    @property
    def security(self) -> Security:
        return self._security

    @property
    def process(self) -> Process:
        """The broker's JVM. Raises StackError before the first start."""
        if self._process is None:
            raise StackError("the broker was never started")
        return self._process

    def start(self) -> None:
        if self._process is None:
            self._process = self._prepare()
        self._log_offset = self.log_path.stat().st_size if self.log_path.exists() else 0
        self._process.start()
        self._process.wait_ready(self._ready, START_SECONDS)

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop(STOP_SECONDS)

    def kill(self) -> None:
        self.process.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _prepare(self) -> Process:
        java = shutil.which("java")
        if java is None:
            raise StackError("Java is not installed: Apache Kafka needs version 17 or later")
        jars = verified_jars()
        self._home.mkdir(mode=0o700, parents=True)
        properties = self._write("server.properties", _properties(self._settings()))
        self._format(java, jars, properties)
        arguments = self._arguments("broker.args", jars, "kafka.Kafka", str(properties))
        return Process(Command("kafka", (java, f"@{arguments}"), self.log_path, cwd=self._home))

    def _format(self, java: str, jars: list[Path], properties: Path) -> None:
        users = [f"SCRAM-SHA-512=[name={name},password={word}]" for name, word in self._security.passwords.items()]
        added = [part for user in users for part in ("--add-scram", user)]
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        main = (
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster}",  # one word: one in 64 ids begins with a dash and would be taken for an option
            "--config",
            str(properties),
            *added,
        )
        arguments = self._arguments("format.args", jars, *main)
        done = subprocess.run((java, f"@{arguments}"), capture_output=True, text=True, cwd=self._home)
        arguments.unlink()
        if done.returncode != 0:
            raise StackError(f"Kafka's storage could not be formatted (status {done.returncode})")

    def _arguments(self, name: str, jars: list[Path], *main: str) -> Path:
        """Arguments for `java`, in a file: on the command line, passwords would show in the process list."""
        log4j = f"-Dlog4j2.configurationFile={deployment_file('kafka/log4j2.xml')}"
        classpath = ("-cp", os.pathsep.join(str(jar) for jar in jars))
        lines = (*JVM_OPTIONS, log4j, *classpath, *main)
        return self._write(name, "".join(f'"{_escaped(line)}"\n' for line in lines))

    def _write(self, name: str, text: str) -> Path:
        path = self._home / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        return path

    def _settings(self) -> dict[str, str]:
        clients, controller = f"{LOOPBACK}:{self._port}", f"{LOOPBACK}:{self._controller_port}"
        password = self._security.passwords[ADMIN]
        scram = f'org.apache.kafka.common.security.scram.ScramLoginModule required username="{ADMIN}"'
        plain = f'org.apache.kafka.common.security.plain.PlainLoginModule required username="{ADMIN}"'
        return {
            **FIXED_SETTINGS,
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"CLIENTS://{clients},CONTROLLER://{controller}",
            "advertised.listeners": f"CLIENTS://{clients}",
            "listener.name.clients.scram-sha-512.sasl.jaas.config": f'{scram} password="{password}";',
            "listener.name.controller.plain.sasl.jaas.config": (
                f'{plain} password="{password}" user_{ADMIN}="{password}";'
            ),
            "log.dirs": str(self._home / "data"),
        }

    def _ready(self) -> bool:
        # The port opens before the controller lets the broker serve; the broker says in its log when it does.
        try:
            with self.log_path.open("rb") as log:
                log.seek(self._log_offset)
                started = STARTED.encode() in log.read()
        except FileNotFoundError:
            return False
        return started and speaks_kafka(LOOPBACK, self._port)


# Sizes are those of one small machine; durability (replication apart) is Kafka's default.
FIXED_SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENTS",
    # The controller's listener asks for a login too: an anonymous one would have to be a super user.
    "listener.security.protocol.map": "CLIENTS:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
    "listener.name.clients.sasl.enabled.mechanisms": "SCRAM-SHA-512",
    "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
    "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
    "sasl.mechanism.controller.protocol": "PLAIN",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": f"User:{ADMIN}",
    "allow.everyone.if.no.acl.found": "false",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "5",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # After a kill the controller takes the broker back when its old session has run out: keep that short.
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "3000",
    "message.max.bytes": str(MAX_MESSAGE_BYTES),
    "replica.fetch.max.bytes": str(MAX_MESSAGE_BYTES),
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": str(16 << 20),
}


def _properties(settings: Mapping[str, str]) -> str:
    return "".join(f"{key}={_escaped(value)}\n" for key, value in settings.items())


def _escaped(text: str) -> str:
    """Backslashes doubled and quotes kept, as Java's property files and argument files want them."""
    return text.replace("\\", "\\\\")
