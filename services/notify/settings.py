"""The service's settings: its channels, its pages' address, its delays, and the broker's administrator."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, SecretStr

from shared.bus.kafka import KafkaSettings
from shared.runtime import Settings


class NotifySettings(Settings):
    """Beside what each service needs. A channel whose settings are missing is not there."""

    public_url: str | None = None
    """Where the pages behind the links are reached (https); None: this process itself, on loopback."""
    late_after_hours: float = Field(default=24.0, gt=0)
    """An alert for what is older wakes only the centre, 15 minutes later, if it is not over by then."""
    fallback_minutes: float = Field(default=15.0, gt=0)
    """How often the fallback is told again until a person answers."""
    roster_file: str | None = None
    """A roster that is taken in at the start if the centre's duty desk has no contact yet."""
    dispatch_workers: int = Field(default=16, ge=1, le=200)
    """Hand-overs at a time, for life risk and again for all else."""

    log_channel: bool = True
    log_channel_file: str | None = None
    webhook_channel: bool = True
    webhook_loopback: bool = False
    webhook_cafile: str | None = None
    webhook_secrets: dict[str, SecretStr] = Field(default_factory=dict)
    """A JSON object: the name that a roster gives to a secret, and the secret (`whsec_…`)."""
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_sender: str = ""
    smtp_security: Literal["starttls", "tls", "plain"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_cafile: str | None = None
    govuk_api_key: SecretStr | None = None
    govuk_sms_template: str = ""
    govuk_email_template: str = ""
    govuk_url: str = "https://api.notifications.service.gov.uk"

    kafka_admin_username: str | None = None
    kafka_admin_password: SecretStr | None = None
    kafka_secured: bool | None = None
    """Whether the broker has logins and ACLs; None: it has if this service logs in."""

    @property
    def late_after(self) -> timedelta:
        return timedelta(hours=self.late_after_hours)

    @property
    def fallback_every(self) -> timedelta:
        return timedelta(minutes=self.fallback_minutes)

    def kafka_admin(self) -> KafkaSettings:
        """The broker as its administrator; the service's own login where none is given."""
        own = self.kafka()
        if self.kafka_admin_username is None or self.kafka_admin_password is None:
            return own
        return KafkaSettings(
            bootstrap=own.bootstrap,
            username=self.kafka_admin_username,
            password=self.kafka_admin_password.get_secret_value(),
            protocol=own.protocol,
            ssl_cafile=own.ssl_cafile,
        )

    def is_secured(self) -> bool:
        """Whether logins and ACLs are to be made."""
        return self.kafka_username is not None if self.kafka_secured is None else self.kafka_secured
