"""The file by which commands find a running stack."""

import os
from pathlib import Path
from typing import Any

import pytest

from nclcc.state import NotRunning, State, add_login, find_state, forget, get_state, remember, state_file


def state(**changes: Any) -> State:
    given: dict[str, Any] = {
        "stack": "embedded",
        "banner": [],
        "run_dir": "run",
        "bootstrap": "127.0.0.1:1",
        "secured": False,
        "admin": {"bootstrap.servers": "127.0.0.1:1"},
        "logins": {},
        "services": {},
        "databases": {},
        "issuer": "issuer",
        "audit_keys": {},
    }
    return State(**given | changes)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "state.json"


def test_it_is_found_and_only_its_owner_may_read_it(path: Path) -> None:
    remember(state(), path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert get_state(path) == state()


def test_nothing_is_left_of_it(path: Path) -> None:
    remember(state(), path)
    forget(path)
    assert list(path.parent.iterdir()) == []


def test_what_a_killed_process_left_behind_counts_for_nothing(path: Path) -> None:
    remember(state(pid=2**22 + 1), path)
    assert find_state(path) is None
    with pytest.raises(NotRunning, match="nclcc up"):
        get_state(path)


def test_another_process_with_the_same_id_is_not_taken_for_it(path: Path) -> None:
    remember(state(pid=os.getpid(), started=1.0), path)
    assert find_state(path) is None


def test_another_processs_file_is_left_alone(path: Path) -> None:
    remember(state(pid=1), path)
    forget(path)
    assert path.exists()


def test_a_login_is_kept_beside_the_others(path: Path) -> None:
    remember(state(logins={"kent": {"sasl.username": "org-kent"}}), path)
    add_login(path, "essex", {"sasl.username": "org-essex"})
    assert sorted(get_state(path).logins) == ["essex", "kent"]


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]"])
def test_a_broken_file_is_none(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert find_state(path) is None


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NCLCC_HOME", str(tmp_path))
    assert state_file() == tmp_path / "state.json"
    monkeypatch.delenv("NCLCC_HOME")
    assert state_file() == Path(".nclcc") / "state.json"
