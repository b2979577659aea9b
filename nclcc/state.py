"""The file by which one `nclcc` command finds the stack that another keeps running. It holds secrets: mode 0600."""

import os
from pathlib import Path
from typing import Any, Final

import orjson
import psutil
from pydantic import BaseModel, ConfigDict, Field, ValidationError

HOME: Final = "NCLCC_HOME"


class NotRunning(Exception):
    """No stack is known here; the message says how to have one."""


class State(BaseModel):
    """Where a running deployment is, and how to log in to its parts."""

    model_config = ConfigDict(frozen=True)

    pid: int = Field(default_factory=os.getpid)
    started: float = Field(default_factory=lambda: psutil.Process().create_time())
    stack: str
    banner: list[str]
    run_dir: str
    bootstrap: str
    secured: bool
    admin: dict[str, Any]
    """librdkafka settings of the broker's administrator."""
    logins: dict[str, dict[str, Any]]
    """The same for each enrolled organisation."""
    services: dict[str, str]
    databases: dict[str, str]
    issuer: str
    audit_keys: dict[str, str]


def state_file() -> Path:
    """`state.json` in NCLCC_HOME, by default `.nclcc` in the working directory."""
    return Path(os.environ.get(HOME) or ".nclcc") / "state.json"


def remember(state: State, path: Path) -> None:
    """Write the file whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(state.model_dump(), option=orjson.OPT_INDENT_2))
    scratch.replace(path)


def forget(path: Path) -> None:
    """Remove the file, if it is this process's own."""
    found = _read(path)
    if found is not None and found.pid == os.getpid():
        path.unlink(missing_ok=True)


def find_state(path: Path | None = None) -> State | None:
    """The deployment that runs, or None. A file that a killed process left behind counts for nothing."""
    found = _read(path or state_file())
    return found if found is not None and _runs(found) else None


def get_state(path: Path | None = None) -> State:
    """The deployment that runs. Raises NotRunning."""
    found = find_state(path)
    if found is None:
        raise NotRunning(f"no stack is running here ({path or state_file()}): start one with `nclcc up`")
    return found


def add_login(path: Path, code: str, settings: dict[str, Any]) -> None:
    """Keep an organisation's new broker login beside the others."""
    state = get_state(path)
    remember(state.model_copy(update={"logins": {**state.logins, code: settings}}), path)


def _read(path: Path) -> State | None:
    try:
        return State.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _runs(state: State) -> bool:
    """Whether the process is there and is no other that was given the same id since."""
    try:
        return abs(psutil.Process(state.pid).create_time() - state.started) < 1.0
    except psutil.Error:
        return False
