"""A named set of child processes that are stopped together, whatever ends the program that started them."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from nclcc.stack.errors import StackError
from nclcc.stack.process import STOP_SECONDS, Command, Process

SignalHandler = Callable[[int, FrameType | None], object] | int
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ProcessSupervisor:
    """Starts processes that log to `run_dir/logs/<name>.log`; on leaving the context none of them is left.

    While it is entered, SIGTERM and SIGHUP unwind the program as Ctrl-C does: contexts are left in order.
    """

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self._processes: dict[str, Process] = {}
        self._guard = contextlib.ExitStack()

    def start(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Process:
        """Start a process under a name that is not running; a second start appends to its log."""
        if name in self._processes and self._processes[name].alive:
            raise StackError(f"{name} runs already")
        process = Process(Command(name, tuple(argv), self.log_path(name), env=env, cwd=cwd))
        self._processes[name] = process
        process.start()
        return process

    def log_path(self, name: str) -> Path:
        return self.run_dir / "logs" / f"{name}.log"

    def __getitem__(self, name: str) -> Process:
        return self._processes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._processes)

    def failed(self) -> list[Process]:
        """Those that have ended although nobody asked them to."""
        return [process for process in self._processes.values() if process.failed]

    def stop(self, name: str, timeout: float = STOP_SECONDS) -> None:
        """SIGTERM, then SIGKILL after `timeout` seconds; blocks until it is gone."""
        self._processes[name].stop(timeout)

    def kill(self, name: str, signum: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; SIGKILL blocks until the process and its descendants are gone."""
        self._processes[name].kill(signum)

    def restart(self, name: str, timeout: float = STOP_SECONDS) -> Process:
        """Stop it if it still runs, and start it again with the same command."""
        process = self._processes[name]
        process.stop(timeout)
        process.start()
        return process

    def stop_all(self, timeout: float = STOP_SECONDS) -> None:
        """Ask all to end at once; after `timeout` seconds in all, kill the rest."""
        deadline = time.monotonic() + timeout
        processes = list(reversed(self._processes.values()))
        for process in processes:
            process.signal_stop()
        for process in processes:
            process.stop(max(0.0, deadline - time.monotonic()))

    def __enter__(self) -> Self:
        self._guard.enter_context(unwinding_on_signals())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._guard, deaf_to_signals():
            self.stop_all()


@contextlib.contextmanager
def unwinding_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP raise SystemExit in the main thread, which leaves every context as SIGINT does."""

    def leave(signum: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + signum)

    with _handlers({signal.SIGTERM: leave, signal.SIGHUP: leave}):
        yield


@contextlib.contextmanager
def deaf_to_signals() -> Iterator[None]:
    """A second Ctrl-C must not interrupt the clearing up (which ends by itself)."""
    with _handlers(dict.fromkeys(ENDING, signal.SIG_IGN)):
        yield


@contextlib.contextmanager
def _handlers(wanted: Mapping[signal.Signals, SignalHandler]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers; whoever holds it has its own
        return
    before = {signum: signal.signal(signum, handler) for signum, handler in wanted.items()}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler if handler is not None else signal.SIG_DFL)
