"""What every broker and every database of a stack offers, wherever it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

SERVICES = ("intel", "tasking", "safeguarding", "notify")
SERVICE_PRINCIPALS = tuple(f"svc-{service}" for service in SERVICES)
ADMIN = "admin"


@dataclass(frozen=True)
class Security:
    """How clients log in to a broker that asks who they are: SASL, a password for each principal known."""

    passwords: Mapping[str, str] = field(repr=False)
    admin: str = ADMIN
    protocol: str = "SASL_PLAINTEXT"
    mechanism: str = "SCRAM-SHA-512"

    def client(self, principal: str) -> dict[str, str]:
        """Settings for a librdkafka client; raises KeyError if the principal's password is not known here."""
        return {
            "security.protocol": self.protocol,
            "sasl.mechanism": self.mechanism,
            "sasl.username": principal,
            "sasl.password": self.passwords[principal],
        }


class Part(Protocol):
    """A server that can be started and stopped. Calls block: from an event loop use `asyncio.to_thread`."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def log_path(self) -> Path | None:
        """The server's own log; None if it is not ours to read."""

    @property
    def durable(self) -> bool:
        """Whether it still holds after `kill` and `restart` what it had acknowledged."""

    def start(self) -> None:
        """Return when it serves. Raises StackError with the end of its log if it does not come up."""

    def stop(self) -> None:
        """An orderly shutdown; harmless if it is down."""

    def kill(self) -> None:
        """End it as a power cut would. Raises StackError if it is not ours to kill."""

    def restart(self) -> None:
        """Stop it if it runs, and start it on the same data and port. Raises StackError if it is not ours."""


class Broker(Part, Protocol):
    @property
    def bootstrap(self) -> str:
        """`host:port`, comma-separated."""

    @property
    def security(self) -> Security | None:
        """None: the broker does not ask who its clients are, and has no ACLs."""


class Database(Part, Protocol):
    @property
    def admin_url(self) -> str:
        """`postgresql://user:password@host:port/database` of a role that may create roles and databases."""


def database_url(admin_url: str, user: str, password: str, database: str) -> str:
    """The address of a database on the same server for another user."""
    server = urlsplit(admin_url)
    host = server.netloc.rpartition("@")[2]
    query = f"?{server.query}" if server.query else ""
    return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@{host}/{database}{query}"
