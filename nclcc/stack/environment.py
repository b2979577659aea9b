"""A broker and a database that somebody else runs, named by the environment."""

import os
import urllib.parse
from collections.abc import Mapping

from nclcc.stack.errors import StackError
from nclcc.stack.parts import ADMIN, Security

BOOTSTRAP = "NCLCC_KAFKA_BOOTSTRAP"
ADMIN_USER = "NCLCC_KAFKA_ADMIN_USER"
ADMIN_PASSWORD = "NCLCC_KAFKA_ADMIN_PASSWORD"
PROTOCOL = "NCLCC_KAFKA_SECURITY_PROTOCOL"
MECHANISM = "NCLCC_KAFKA_SASL_MECHANISM"
DATABASE_ADMIN_URL = "NCLCC_DATABASE_ADMIN_URL"


class EnvBroker:
    """A running broker; with an administrator's login its clients log in too, without one nobody does."""

    name = "Kafka (from the environment)"
    version = "as it runs"
    log_path = None
    durable = True

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment

    @property
    def bootstrap(self) -> str:
        return _required(self._environment, BOOTSTRAP)

    @property
    def security(self) -> Security | None:
        """Knows the administrator's password only: the services' are set through the admin API."""
        if not self._environment.get(ADMIN_PASSWORD):
            return None
        admin = self._environment.get(ADMIN_USER, ADMIN)
        return Security(
            {admin: self._environment[ADMIN_PASSWORD]},
            admin=admin,
            protocol=self._environment.get(PROTOCOL, "SASL_SSL"),
            mechanism=self._environment.get(MECHANISM, "SCRAM-SHA-512"),
        )

    def start(self) -> None:
        _required(self._environment, BOOTSTRAP)

    def stop(self) -> None:
        """It was there before us and stays."""

    def kill(self) -> None:
        raise StackError(f"the broker in {BOOTSTRAP} is not ours to kill")

    def restart(self) -> None:
        raise StackError(f"the broker in {BOOTSTRAP} is not ours to restart")


class EnvDatabase:
    """A running PostgreSQL server."""

    name = "PostgreSQL (from the environment)"
    version = "as it runs"
    log_path = None
    durable = True

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment

    @property
    def admin_url(self) -> str:
        url = _required(self._environment, DATABASE_ADMIN_URL)
        if urllib.parse.urlsplit(url).scheme not in ("postgresql", "postgres"):
            raise StackError(f"{DATABASE_ADMIN_URL} must look like postgresql://user:password@host:port/database")
        return url

    def start(self) -> None:
        _required(self._environment, DATABASE_ADMIN_URL)

    def stop(self) -> None:
        """It was there before us and stays."""

    def kill(self) -> None:
        raise StackError(f"the database in {DATABASE_ADMIN_URL} is not ours to kill")

    def restart(self) -> None:
        raise StackError(f"the database in {DATABASE_ADMIN_URL} is not ours to restart")


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise StackError(f"{name} is not set")
    return value
