"""The one door to aiokafka: how a consumer and a producer are made."""

from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.contracts.topics import MAX_DEAD_LETTER_BYTES

_METADATA_MS = 60_000
"""How often a client that looks for no new topic asks how the cluster looks; an error makes it ask at once."""


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Where the broker is and how to speak to it.

    `fetch_wait_ms` is how long the broker may hold a fetch that finds nothing; a broker that does not wake such a
    fetch for a new message needs a small one. `static` is static membership and an idempotent producer, both of
    which real Kafka has and the embedded broker lacks.
    """

    bootstrap: str
    username: str | None = None
    password: str | None = None
    protocol: str = "SASL_PLAINTEXT"
    mechanism: str = "SCRAM-SHA-512"
    ssl_cafile: str | None = None
    fetch_wait_ms: int = 500
    static: bool = True
    metadata_max_age_ms: int = 2000
    session_timeout_ms: int = 10_000

    def client(self) -> dict[str, Any]:
        """The keyword arguments that every aiokafka client takes."""
        settings: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "metadata_max_age_ms": _METADATA_MS,
            "retry_backoff_ms": 50,
            "request_timeout_ms": 15_000,
        }
        if self.username is None:
            return settings
        settings |= {
            "security_protocol": self.protocol,
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password,
        }
        if self.protocol == "SASL_SSL":
            import ssl

            settings["ssl_context"] = ssl.create_default_context(cafile=self.ssl_cafile)
        return settings


def new_consumer(
    settings: KafkaSettings, group: str, member: str, *, patient: bool = False, finds_topics: bool = False
) -> AIOKafkaConsumer:
    """A consumer that commits nothing by itself; `member` is the stable name of this copy in the group.

    A patient one may hear of a message half a second late where the broker does not wake a waiting fetch. One that
    finds topics by pattern asks for new ones every few seconds; the whole cluster is a long answer to read.
    """
    return AIOKafkaConsumer(
        **settings.client() | ({"metadata_max_age_ms": settings.metadata_max_age_ms} if finds_topics else {}),
        client_id=f"{group}-{member}",
        group_id=group,
        group_instance_id=f"{group}-{member}" if settings.static else None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=500,
        max_poll_interval_ms=600_000,
        fetch_max_wait_ms=max(settings.fetch_wait_ms, 500) if patient else settings.fetch_wait_ms,
        fetch_max_bytes=8 * 1024 * 1024,
        max_partition_fetch_bytes=MAX_DEAD_LETTER_BYTES,
        check_crcs=True,
    )


def new_producer(settings: KafkaSettings, name: str) -> AIOKafkaProducer:
    """A producer that waits for all replicas; idempotent where the broker can."""
    return AIOKafkaProducer(
        **settings.client(),
        client_id=name,
        acks="all",
        enable_idempotence=settings.static,
        max_request_size=MAX_DEAD_LETTER_BYTES + 64 * 1024,
        linger_ms=0,
        compression_type=None,
    )
