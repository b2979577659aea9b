"""One child process: started in a session of its own, logged to a file, stopped for certain.

Nothing here outlives the process that started it: `stop` ends in SIGKILL, an `atexit` hook stops what was
forgotten, and on Linux the kernel itself signals the child when its parent is killed (see `tether.py`). All
calls block: from an event loop use `asyncio.to_thread`.
"""

import atexit
import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import psutil

from nclcc.stack.errors import StackError, tail

TETHER = Path(__file__).with_name("tether.py")
POLL_SECONDS = 0.01
STOP_SECONDS = 10.0
GONE_SECONDS = 10.0


@dataclass(frozen=True)
class Account:
    """The operating-system user that a program runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Command:
    """What to run. `env` is the whole environment (None: inherit); stdout and stderr go to `log_path`.

    `stop_signal` asks it to end; `death_signal` is what the kernel sends it when we die.
    """

    name: str
    argv: tuple[str, ...]
    log_path: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL


class _Spawner:
    """A thread that starts every child and never ends.

    The kernel sends the death signal when the *thread* that started a child ends, so that a child started
    from a short-lived worker thread would die with it.
    """

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Command, Future[subprocess.Popen[bytes]]]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def spawn(self, command: Command) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="nclcc-spawner", daemon=True)
                self._thread.start()
        started: Future[subprocess.Popen[bytes]] = Future()
        self._orders.put((command, started))
        return started.result()

    def _serve(self) -> None:
        while True:
            command, started = self._orders.get()
            try:
                started.set_result(_spawn(command))
            except BaseException as error:
                started.set_exception(error)


def _spawn(command: Command) -> subprocess.Popen[bytes]:
    account = command.account or Account(-1, -1)
    tie = (str(int(command.death_signal)), str(os.getpid()), str(account.uid), str(account.gid))
    command.log_path.parent.mkdir(parents=True, exist_ok=True)
    log = os.open(command.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            (sys.executable, "-I", "-S", str(TETHER), *tie, *command.argv),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=None if command.env is None else dict(command.env),
            cwd=command.cwd,
            start_new_session=True,
        )
    finally:
        os.close(log)


_SPAWNER = _Spawner()
_LIVE: dict[int, "Process"] = {}


class Process:
    """A program that can be started, stopped, killed and started again."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self._popen: subprocess.Popen[bytes] | None = None
        self._wanted = False

    @property
    def name(self) -> str:
        return self.command.name

    @property
    def log_path(self) -> Path:
        return self.command.log_path

    @property
    def pid(self) -> int:
        """The process id, also of one that has ended. Raises StackError before the first start."""
        if self._popen is None:
            raise StackError(f"{self.name} was never started")
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return None if self._popen is None else self._popen.poll()

    @property
    def failed(self) -> bool:
        """Whether it has ended although nobody asked it to."""
        return self._wanted and not self.alive

    def start(self) -> None:
        """Start it; does not wait until it is ready. Raises StackError if it runs already."""
        if self.alive:
            raise StackError(f"{self.name} runs already")
        self._popen = _SPAWNER.spawn(self.command)
        self._wanted = True
        _LIVE[id(self)] = self

    def wait_ready(self, ready: Callable[[], bool], timeout: float) -> None:
        """Block until `ready()`; raises StackError with the end of the log if it dies or takes too long."""
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.alive:
                raise StackError(f"{self.name} ended with status {self.returncode}\n{tail(self.log_path)}")
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} was not ready within {timeout:g} s\n{tail(self.log_path)}")
            time.sleep(POLL_SECONDS)

    def signal_stop(self) -> None:
        """Ask it to end and return at once; a frozen process is woken so that it can hear."""
        self._wanted = False
        self._signal(self.command.stop_signal)
        self._signal(signal.SIGCONT)

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """Ask it to end; after `timeout` seconds kill it and its descendants. Harmless if it has ended."""
        self._wanted = False
        family = self._family()
        self.signal_stop()
        if self._popen is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(timeout)
        self._end(family)

    def kill(self, signum: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; SIGKILL hits all descendants too and blocks until they are gone."""
        if signum is not signal.SIGKILL:
            self._signal(signum)
            return
        self._wanted = False
        self._end(self._family())

    def _signal(self, signum: signal.Signals) -> None:
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signum)

    def _family(self) -> list[psutil.Process]:
        if not self.alive:
            return []
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def _end(self, family: list[psutil.Process]) -> None:
        # The leader first: a PostgreSQL postmaster that loses its children before it dies would start new
        # ones.
        self._signal(signal.SIGKILL)
        if self._popen is not None:
            self._popen.wait(GONE_SECONDS)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        _wait_gone(family)
        _LIVE.pop(id(self), None)


def _wait_gone(family: list[psutil.Process]) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while any(_runs(member) for member in family) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _runs(member: psutil.Process) -> bool:
    # What init has yet to reap holds no port and no memory any more.
    try:
        return member.is_running() and member.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


_OWNER = os.getpid()


@atexit.register
def _stop_forgotten() -> None:
    # A forked copy of us must not stop what the original still uses.
    if os.getpid() == _OWNER:
        for process in reversed(list(_LIVE.values())):
            process.stop(timeout=2.0)
