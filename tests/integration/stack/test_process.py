"""A child process: its log, its end, and what happens to it when whoever started it ends."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from nclcc.stack import Command, Process, ProcessSupervisor, StackError

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
PARENT = "import subprocess, time; subprocess.Popen(['sleep', '60']); print('up', flush=True); time.sleep(60)"


def python(run_dir: Path, code: str) -> Process:
    return Process(Command("child", (sys.executable, "-c", code), run_dir / f"{time.monotonic_ns()}.log"))


def says(process: Process, text: str) -> Callable[[], bool]:
    return lambda: process.log_path.exists() and text in process.log_path.read_text()


class TestStart:
    def test_both_outputs_go_to_the_log(self, tmp_path: Path) -> None:
        process = python(tmp_path, "import sys; print('out'); print('err', file=sys.stderr)")
        process.start()
        with pytest.raises(StackError, match="ended with status 0"):
            process.wait_ready(lambda: False, timeout=10)
        assert sorted(process.log_path.read_text().split()) == ["err", "out"]

    def test_a_program_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        process = Process(Command("ghost", ("/nowhere/ghost",), tmp_path / "ghost.log"))
        process.start()
        with pytest.raises(StackError, match="cannot run /nowhere/ghost"):
            process.wait_ready(lambda: False, timeout=10)

    def test_what_is_never_ready_is_reported_with_its_log(self, tmp_path: Path) -> None:
        process = python(tmp_path, STUBBORN)
        process.start()
        process.wait_ready(says(process, "deaf"), timeout=10)
        with pytest.raises(StackError, match=r"not ready within 0\.05 s\ndeaf"):
            process.wait_ready(lambda: False, timeout=0.05)
        process.kill()

    def test_a_second_start_is_refused(self, tmp_path: Path) -> None:
        process = python(tmp_path, STUBBORN)
        process.start()
        with pytest.raises(StackError, match="runs already"):
            process.start()
        process.kill()

    def test_a_child_outlives_the_thread_that_asked_for_it(self, tmp_path: Path) -> None:
        process = python(tmp_path, STUBBORN)
        thread = threading.Thread(target=process.start)
        thread.start()
        thread.join()
        process.wait_ready(says(process, "deaf"), timeout=10)
        assert process.alive
        process.kill()

    def test_a_child_leads_a_session_of_its_own(self, tmp_path: Path) -> None:
        process = python(tmp_path, STUBBORN)
        process.start()
        assert os.getsid(process.pid) == process.pid
        process.kill()


class TestEnd:
    def test_a_deaf_one_is_killed_after_the_deadline(self, tmp_path: Path) -> None:
        process = python(tmp_path, STUBBORN)
        process.start()
        process.wait_ready(says(process, "deaf"), timeout=10)
        process.stop(timeout=0.1)
        assert process.returncode == -signal.SIGKILL

    def test_descendants_go_with_it(self, tmp_path: Path) -> None:
        process = python(tmp_path, PARENT)
        process.start()
        process.wait_ready(says(process, "up"), timeout=10)
        family = psutil.Process(process.pid).children()
        assert len(family) == 1
        process.kill()
        assert not family[0].is_running() or family[0].status() == psutil.STATUS_ZOMBIE

    def test_a_frozen_one_can_be_stopped(self, tmp_path: Path) -> None:
        process = python(tmp_path, "import time; print('up', flush=True); time.sleep(60)")
        process.start()
        process.wait_ready(says(process, "up"), timeout=10)
        process.kill(signal.SIGSTOP)
        assert process.alive
        process.stop()
        assert process.returncode == -signal.SIGTERM

    def test_an_end_that_nobody_asked_for_is_a_failure(self, tmp_path: Path) -> None:
        process = python(tmp_path, STUBBORN)
        process.start()
        os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(process.pid)], timeout=5)
        assert process.failed
        process.stop()
        assert not process.failed


class TestSupervisor:
    def test_all_are_gone_after_the_context(self, tmp_path: Path) -> None:
        with ProcessSupervisor(tmp_path) as supervisor:
            first = supervisor.start("first", ("sleep", "60"))
            second = supervisor.start("second", ("sleep", "60"))
        assert not first.alive
        assert not second.alive
        assert supervisor.failed() == []

    def test_all_are_gone_after_an_error(self, tmp_path: Path) -> None:
        supervisor = ProcessSupervisor(tmp_path)

        def fail() -> None:
            with supervisor:
                supervisor.start("first", ("sleep", "60"))
                raise LookupError

        with pytest.raises(LookupError):
            fail()
        assert not supervisor["first"].alive

    def test_a_killed_one_comes_back_under_its_name(self, tmp_path: Path) -> None:
        with ProcessSupervisor(tmp_path) as supervisor:
            before = supervisor.start("first", ("sleep", "60")).pid
            supervisor.kill("first")
            assert not supervisor["first"].alive
            assert supervisor.restart("first").pid != before
            assert list(supervisor) == ["first"]

    def test_handlers_are_put_back(self, tmp_path: Path) -> None:
        before = signal.getsignal(signal.SIGTERM)
        with ProcessSupervisor(tmp_path):
            assert signal.getsignal(signal.SIGTERM) != before
        assert signal.getsignal(signal.SIGTERM) == before
