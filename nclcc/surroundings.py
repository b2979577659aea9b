"""What a deployment's services are started with: keys, logins and the whole of their environment."""

import os
import secrets
from pathlib import Path
from typing import Final

from nclcc.stack import SERVICES, Stack
from shared.audit.keys import new_key_pem
from shared.auth import Issuer
from shared.bus.admin import KafkaAdmin, service_principal
from shared.bus.kafka import KafkaSettings

_PREFIX: Final = "NCLCC_"
_FORGETFUL_FETCH_MS: Final = "8"
"""How long a broker that wakes no waiting fetch may hold one."""
_FORGETFUL_SESSION_MS: Final = "3000"
"""That broker lets a new group wait for half of this before it gives out its partitions."""
EXAMPLE_ROSTER: Final = Path(__file__).parents[1] / "services" / "notify" / "data" / "roster.example.yaml"


class Surroundings:
    """Makes what is missing in the run directory: audit keys, the key of derived ids, the services' broker logins."""

    def __init__(self, stack: Stack, issuer: Issuer, database: str, roster: Path | None) -> None:
        self._stack = stack
        self._issuer = issuer
        self._database = database
        self._roster = roster or EXAMPLE_ROSTER
        self._id_key = secrets.token_urlsafe(32)
        self.hand_overs = stack.run_dir / "hand-overs.jsonl"
        known = stack.broker.security.passwords if stack.broker.security else {}
        self._logins = {name: known.get(service_principal(name)) or secrets.token_urlsafe(32) for name in SERVICES}

    def audit_key(self, service: str) -> Path:
        """The PEM file of the key that signs a service's audit log; made if it is not there."""
        path = self._stack.run_dir / "keys" / f"audit-{service}.pem"
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_secret(path, new_key_pem())
        return path

    def kafka_admin(self) -> KafkaAdmin:
        """The broker's administrator."""
        security = self._stack.broker.security
        if security is None:
            return KafkaAdmin(KafkaSettings(bootstrap=self._stack.broker.bootstrap), secured=False)
        settings = KafkaSettings(
            bootstrap=self._stack.broker.bootstrap,
            username=security.admin,
            password=security.passwords[security.admin],
            protocol=security.protocol,
            mechanism=security.mechanism,
            ssl_cafile=os.environ.get("NCLCC_KAFKA_CAFILE"),
        )
        return KafkaAdmin(settings, secured=True)

    async def set_service_logins(self, admin: KafkaAdmin) -> None:
        """Give the services their logins on a broker that does not know them yet."""
        security = self._stack.broker.security
        if security is None:
            return
        for service, password in self._logins.items():
            if service_principal(service) not in security.passwords:
                await admin.set_scram(service_principal(service), password)

    def environment(self, service: str, copy: str, port: int) -> dict[str, str]:
        """The whole environment of one process: nothing of ours leaks into it from the caller's own settings."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)}
        settings = {
            "DATABASE_URL": self._stack.service_url(service, self._database),
            "ID_KEY": self._id_key,
            "JWKS_URL": self._issuer.jwks_url,
            "ISSUER": self._issuer.issuer,
            "AUDIENCE": self._issuer.audience,
            "AUDIT_KEY_FILE": str(self.audit_key(service)),
            "COPY": copy,
            "HTTP_PORT": str(port),
            **self._kafka(service),
            **(self._notify() if service == "notify" else {}),
        }
        return inherited | {f"{_PREFIX}{name}": value for name, value in settings.items()}

    def _kafka(self, service: str) -> dict[str, str]:
        broker = self._stack.broker
        settings = {"KAFKA_BOOTSTRAP": broker.bootstrap, "KAFKA_FULL": str(broker.durable).lower()}
        if not broker.durable:
            settings["KAFKA_FETCH_WAIT_MS"] = _FORGETFUL_FETCH_MS
            settings["KAFKA_SESSION_TIMEOUT_MS"] = _FORGETFUL_SESSION_MS
        if broker.security is None:
            return settings
        settings |= {
            "KAFKA_USERNAME": service_principal(service),
            "KAFKA_PASSWORD": self._logins[service],
            "KAFKA_PROTOCOL": broker.security.protocol,
        }
        if cafile := os.environ.get("NCLCC_KAFKA_CAFILE"):
            settings["KAFKA_CAFILE"] = cafile
        return settings

    def _notify(self) -> dict[str, str]:
        settings = {"ROSTER_FILE": str(self._roster), "LOG_CHANNEL_FILE": str(self.hand_overs)}
        if security := self._stack.broker.security:
            settings |= {
                "KAFKA_ADMIN_USERNAME": security.admin,
                "KAFKA_ADMIN_PASSWORD": security.passwords[security.admin],
            }
        return settings


def _write_secret(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
