"""The broker's administrator: makes topics, and says which principal may read or write which, and nothing more."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from shared.bus.kafka import KafkaSettings
from shared.contracts.topics import AUDIT_CHECKPOINTS, ORGANISATION_TOPICS, Topic, internal_topics
from shared.kernel.errors import Retryable

log = logging.getLogger(__name__)

SERVICES: Final = ("intel", "tasking", "safeguarding", "notify")
_SECONDS: Final = 20.0
_SCRAM_ITERATIONS: Final = 8192
_BROKERS_DEFAULT: Final = -1


class AdminFailed(Retryable):
    """The broker did not do it; its message holds the broker's code and no credentials."""


def service_principal(service: str) -> str:
    """How a service logs in to the broker."""
    return f"svc-{service}"


def organisation_principal(code: str) -> str:
    """How an organisation's own client logs in to the broker."""
    return f"org-{code}"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One thing that one principal may do. A group's name is a prefix, a topic's is the whole of it."""

    principal: str
    kind: str
    name: str
    operation: str


def service_rights(topics: Iterable[Topic] | None = None) -> list[Right]:
    """What the services need for the internal topics: their own to write, those of their groups to read."""
    rights = {Right(service_principal(one), "group", f"{one}.", "read") for one in SERVICES}
    for topic in internal_topics() if topics is None else topics:
        rights |= _topic_rights(topic)
    return sorted(rights)


def organisation_rights(code: str) -> list[Right]:
    """What an organisation may do on its own topics, and the services on those.

    Literal names throughout: a prefix would let `la-kent` into what is `la-kent-x`'s.
    """
    principal = organisation_principal(code)
    # no code has a dot, so that this prefix is this organisation's alone
    rights = {Right(principal, "group", f"org.{code}.", "read")}
    for kind in ORGANISATION_TOPICS:
        topic = kind.of(code)
        own = "write" if kind.writer == "organisation" else "read"
        rights |= {Right(principal, "topic", topic.name, own), Right(principal, "topic", topic.name, "describe")}
        rights |= _topic_rights(topic)
        for group in topic.readers:
            rights |= _topic_rights(topic.dead_letters(group))
    return sorted(rights)


class KafkaAdmin:
    """Does it all again without harm. With a broker that asks nobody who they are, rights and logins are no-ops."""

    def __init__(self, settings: KafkaSettings, *, secured: bool) -> None:
        self.secured = secured
        self._settings = settings
        self._client: AdminClient | None = None

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """Create those that are missing. Raises AdminFailed."""
        if topics:
            await asyncio.to_thread(self._create_topics, list(topics))

    async def ensure_service_acls(self) -> None:
        """Give every service what it needs for the internal topics. Raises AdminFailed."""
        await self._allow(service_rights())

    async def ensure_organisation_acls(self, code: str) -> None:
        """Give an organisation, and the services, what they need for its topics. Raises AdminFailed."""
        await self._allow(organisation_rights(code))

    async def set_scram(self, user: str, password: str) -> None:
        """Let `user` log in with this password (SCRAM-SHA-512) from now on, and no other. Raises AdminFailed."""
        if self.secured:
            await asyncio.to_thread(self._set_scram, user, password)

    async def _allow(self, rights: Sequence[Right]) -> None:
        if self.secured:
            await asyncio.to_thread(self._create_acls, rights)

    def _create_topics(self, topics: Sequence[Topic]) -> None:
        wanted = [
            NewTopic(
                topic.name,
                num_partitions=topic.partitions,
                replication_factor=_BROKERS_DEFAULT if self.secured else 1,
                config=topic.config,
            )
            for topic in topics
        ]
        for made in self._admin.create_topics(wanted, request_timeout=_SECONDS).values():
            _result(made, KafkaError.TOPIC_ALREADY_EXISTS)

    def _create_acls(self, rights: Sequence[Right]) -> None:
        for done in self._admin.create_acls([_binding(one) for one in rights], request_timeout=_SECONDS).values():
            _result(done)

    def _set_scram(self, user: str, password: str) -> None:
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _SCRAM_ITERATIONS)
        upsertion = UserScramCredentialUpsertion(user, info, password.encode())
        done = self._admin.alter_user_scram_credentials([upsertion], request_timeout=_SECONDS)
        for one in done.values():
            _result(one)

    @property
    def _admin(self) -> AdminClient:
        if self._client is None:
            self._client = AdminClient(_librdkafka(self._settings), logger=log)
        return self._client


def _topic_rights(topic: Topic) -> set[Right]:
    """Who of the services may write and read a topic. An organisation as the writer is not among them."""
    rights: set[Right] = set()
    writers = SERVICES if topic.name == AUDIT_CHECKPOINTS else [one for one in SERVICES if one == topic.writer]
    for service in writers:
        rights.add(Right(service_principal(service), "topic", topic.name, "write"))
    for service in {group.split(".")[0] for group in topic.readers}:
        rights.add(Right(service_principal(service), "topic", topic.name, "read"))
    return rights | {Right(one.principal, "topic", topic.name, "describe") for one in rights}


def _binding(right: Right) -> AclBinding:
    group = right.kind == "group"
    return AclBinding(
        ResourceType.GROUP if group else ResourceType.TOPIC,
        right.name,
        ResourcePatternType.PREFIXED if group else ResourcePatternType.LITERAL,
        f"User:{right.principal}",
        "*",
        {"read": AclOperation.READ, "write": AclOperation.WRITE, "describe": AclOperation.DESCRIBE}[right.operation],
        AclPermissionType.ALLOW,
    )


def _result(done: "Future[Any]", harmless: int | None = None) -> None:
    try:
        done.result(_SECONDS)
    except KafkaException as error:
        code = error.args[0].code()
        if code != harmless:
            raise AdminFailed(error.args[0].name()) from None
    except TimeoutError:
        raise AdminFailed("timeout") from None


def _librdkafka(settings: KafkaSettings) -> dict[str, str | int | float | bool]:
    conf: dict[str, str | int | float | bool] = {
        "bootstrap.servers": settings.bootstrap,
        "socket.timeout.ms": 15_000,
        "log_level": 3,
    }
    if settings.username is None:
        return conf
    conf |= {
        "security.protocol": settings.protocol,
        "sasl.mechanism": settings.mechanism,
        "sasl.username": settings.username,
        "sasl.password": settings.password or "",
    }
    if settings.ssl_cafile:
        conf["ssl.ca.location"] = settings.ssl_cafile
    return conf
