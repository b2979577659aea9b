"""The service as the runtime assembles it, with an issuer of its own."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.notify.app import build
from services.notify.settings import NotifySettings
from shared.auth import Issuer, Role
from shared.bus.kafka import KafkaSettings
from shared.kernel.clock import Clock
from shared.runtime import Service


def notify_service(
    directory: Path, url: str, kafka: KafkaSettings, clock: Clock, **settings: Any
) -> tuple[Service, Issuer]:
    """Not started: its `app` answers all the same."""
    issuer = Issuer(directory / "issuer", clock=clock)
    key_file = directory / "audit.pem"
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key_file.write_bytes(pem)
    made = NotifySettings.model_validate(
        {
            "database_url": url,
            "kafka_bootstrap": kafka.bootstrap,
            "kafka_username": kafka.username,
            "kafka_password": kafka.password,
            "kafka_full": kafka.static,
            "kafka_fetch_wait_ms": kafka.fetch_wait_ms,
            "id_key": "a key for tests, of 32 characters",
            "jwks_url": issuer.jwks_url,
            "issuer": issuer.issuer,
            "audience": issuer.audience,
            "audit_key_file": str(key_file),
            **settings,
        }
    )
    return Service("notify", made, build, clock), issuer


def bearer(issuer: Issuer, organisation: str, *roles: Role, **claims: Any) -> dict[str, str]:
    """The header of somebody of this organisation."""
    token = issuer.mint(f"someone-of-{organisation}", organisation, roles, name="Sgt Lanning", **claims)
    return {"authorization": f"Bearer {token}"}
