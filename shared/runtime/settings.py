"""Settings of every service, from the environment (prefix NCLCC_). A secret has no default."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.bus.kafka import KafkaSettings


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < 32:
        raise ValueError("needs at least 32 characters")
    return secret


class Settings(BaseSettings):
    """What each service needs to run. Errors at start name the variable."""

    # hide_input: pydantic would repeat what it was given, secrets among it, when a variable is missing or wrong
    model_config = SettingsConfigDict(env_prefix="NCLCC_", extra="ignore", frozen=True, hide_input_in_errors=True)

    database_url: SecretStr
    database_pool: int = Field(default=12, ge=4, le=100)
    kafka_bootstrap: str
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_protocol: str = "SASL_PLAINTEXT"
    kafka_cafile: str | None = None
    kafka_fetch_wait_ms: int = Field(default=500, ge=1, le=5000)
    kafka_full: bool = True
    """Whether the broker has static membership and idempotent producers (real Kafka does)."""
    kafka_session_timeout_ms: int = Field(default=10_000, ge=1000, le=300_000)
    id_key: Annotated[SecretStr, AfterValidator(_long_enough)]
    """Keys derived ids; the same for all services of a deployment, at least 32 characters."""
    jwks_url: str
    issuer: str
    audience: str = "nclcc"
    audit_key_file: str
    """The PEM file of the Ed25519 key that signs this service's audit checkpoints."""
    copy_name: str = Field(default="0", alias="NCLCC_COPY", pattern=r"^[a-z0-9-]{1,40}$")
    """The stable name of this copy of the service, for static membership."""
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65535)
    port_file: str | None = None
    """Where to write the port that was bound, for whoever started this process with port 0."""
    parts: str = Field(default="all", pattern=r"^(all|api|worker)$", alias="NCLCC_ONLY")
    otlp_endpoint: str | None = None
    log_level: str = "INFO"

    def kafka(self) -> KafkaSettings:
        """The broker's part."""
        return KafkaSettings(
            bootstrap=self.kafka_bootstrap,
            username=self.kafka_username,
            password=self.kafka_password.get_secret_value() if self.kafka_password else None,
            protocol=self.kafka_protocol,
            ssl_cafile=self.kafka_cafile,
            fetch_wait_ms=self.kafka_fetch_wait_ms,
            static=self.kafka_full,
            session_timeout_ms=self.kafka_session_timeout_ms,
        )

    def key(self) -> bytes:
        """The id key's bytes."""
        return self.id_key.get_secret_value().encode()
