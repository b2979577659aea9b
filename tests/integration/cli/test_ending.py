"""However `nclcc up` ends, it leaves no process, no state and no run directory behind (Ctrl-C: see the fixture)."""

import signal
from pathlib import Path

import psutil

from tests.integration.cli.conftest import start, stop


def test_asked_to_end_by_its_own_supervisor(tmp_path: Path) -> None:
    up = start(tmp_path)
    run_dir = Path(up.addresses["run_dir"])
    assert run_dir.is_dir()
    assert stop(up, signal.SIGTERM) == 128 + signal.SIGTERM
    assert not (tmp_path / "state.json").exists()
    assert not run_dir.exists()


def test_a_service_that_dies_ends_it_with_the_reason(tmp_path: Path) -> None:
    up = start(tmp_path)
    family = psutil.Process(up.process.pid).children(recursive=True)
    (victim,) = [one for one in family if one.cmdline()[-2:] == ["-m", "services.intel"]]
    victim.kill()
    assert up.process.wait(30) == 1
    assert up.process.stdout is not None
    up.process.stdout.close()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    assert "intel ended with status -9" in (tmp_path / "stderr").read_text()
