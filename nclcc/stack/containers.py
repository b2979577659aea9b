"""Apache Kafka and PostgreSQL from their official images, where an engine and the images are to be had."""

import importlib.util
import secrets
import time
from typing import Any
from urllib.parse import quote

from nclcc.stack.errors import StackError
from nclcc.stack.kafka import FIXED_SETTINGS
from nclcc.stack.kafka_jars import kafka_version
from nclcc.stack.network import LOOPBACK, free_port, listens, speaks_kafka

POSTGRES_VERSION = "18"
START_SECONDS = 120.0
POLL_SECONDS = 0.2
BROKER_PORT, CONTROLLER_PORT, DATABASE_PORT = 9092, 9093, 5432
# Logins and ACLs need a formatted storage, which the image does only for itself: this variant runs without
# them.
LOGIN_SETTINGS = (
    "sasl.",
    "listener.",
    "authorizer.",
    "super.users",
    "allow.everyone",
    "inter.broker",
    "controller.",
)


def kafka_image() -> str:
    return f"apache/kafka:{kafka_version()}"


def postgres_image() -> str:
    return f"postgres:{POSTGRES_VERSION}"


def containers_available() -> bool:
    """Whether an engine answers and both images are here or can be pulled; pulls them if so."""
    if importlib.util.find_spec("testcontainers") is None:
        return False
    import docker

    try:
        client = docker.from_env(timeout=60)
    except docker.errors.DockerException:
        return False
    try:
        return all(_has_image(client, image) for image in (kafka_image(), postgres_image()))
    finally:
        client.close()


def _has_image(client: Any, image: str) -> bool:
    import docker

    try:
        client.images.get(image)
    except docker.errors.ImageNotFound:
        try:
            client.images.pull(image)
        except docker.errors.APIError:
            return False
    except docker.errors.DockerException:
        return False
    return True


class _Container:
    """One container behind a fixed port; testcontainers removes it when this process ends."""

    log_path = None
    durable = True

    def __init__(self, image: str, inner_port: int) -> None:
        from testcontainers.core.container import DockerContainer

        self._port = free_port()
        self._container = DockerContainer(image).with_bind_ports(inner_port, self._port)
        self._created = False

    def start(self) -> None:
        if self._created:
            self._container.get_wrapped_container().start()
        else:
            self._container.start()
            self._created = True
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if time.monotonic() > deadline:
                raise StackError(f"the container {self._container.image} was not ready within {START_SECONDS:g} s")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        if self._created:
            self._container.stop()
            self._created = False

    def kill(self) -> None:
        self._container.get_wrapped_container().kill()

    def restart(self) -> None:
        self._container.get_wrapped_container().stop()
        self.start()

    def _ready(self) -> bool:
        return listens(LOOPBACK, self._port)


class ContainerKafka(_Container):
    """Apache Kafka, one node, without logins."""

    name = "Apache Kafka (container)"
    security = None

    def __init__(self) -> None:
        super().__init__(kafka_image(), BROKER_PORT)
        for key, value in self._settings().items():
            self._container.with_env("KAFKA_" + key.upper().replace(".", "_"), value)

    @property
    def version(self) -> str:
        return kafka_version()

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    def _settings(self) -> dict[str, str]:
        sizes = {key: value for key, value in FIXED_SETTINGS.items() if not key.startswith(LOGIN_SETTINGS)}
        return sizes | {
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@localhost:{CONTROLLER_PORT}",
            "inter.broker.listener.name": "CLIENTS",
            "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "listeners": f"CLIENTS://:{BROKER_PORT},CONTROLLER://:{CONTROLLER_PORT}",
            "advertised.listeners": f"CLIENTS://{LOOPBACK}:{self._port}",
        }

    def _ready(self) -> bool:
        return speaks_kafka(LOOPBACK, self._port)


class ContainerPostgres(_Container):
    """PostgreSQL with a generated superuser password."""

    name = "PostgreSQL (container)"
    version = POSTGRES_VERSION

    def __init__(self) -> None:
        super().__init__(postgres_image(), DATABASE_PORT)
        self._password = secrets.token_urlsafe(32)
        self._container.with_env("POSTGRES_PASSWORD", self._password)
        self._container.with_command("postgres -c max_connections=200 -c log_error_verbosity=terse")

    @property
    def admin_url(self) -> str:
        return f"postgresql://postgres:{quote(self._password, safe='')}@{LOOPBACK}:{self._port}/postgres"

    def _ready(self) -> bool:
        # The image's entrypoint starts a server without a port first, so that the port means the real one.
        status, _ = self._container.exec(["pg_isready", "-h", LOOPBACK])
        return bool(status == 0) and listens(LOOPBACK, self._port)
