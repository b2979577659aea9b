"""Topics, rights and logins on the broker: an organisation reaches its own topics and nobody else's."""

import secrets
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from nclcc.stack import TansuBroker
from shared.bus.admin import KafkaAdmin, organisation_rights, service_rights
from shared.bus.kafka import KafkaSettings
from shared.contracts.topics import INBOX, INTEL, PURSUE, RESPONSES, internal_topics, topics_of
from tests.conftest import Broker, until
from tests.integration.stack.kafka_client import publish, read


@pytest.fixture
def admin(broker: Broker) -> KafkaAdmin:
    if broker.stack.broker.security is None:
        pytest.fail("the rights can be shown only on a broker that asks who its clients are")
    return KafkaAdmin(broker.settings(), secured=True)


@pytest.fixture
def code() -> str:
    return f"x{secrets.token_hex(4)}"


def client(user: str, password: str) -> dict[str, str]:
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": password,
    }


def topics_seen(bootstrap: str, login: dict[str, str]) -> set[str]:
    return set(AdminClient({"bootstrap.servers": bootstrap, **login}).list_topics(timeout=20).topics)


async def enrolled(admin: KafkaAdmin, code: str) -> dict[str, str]:
    await admin.ensure_topics(topics_of(code))
    await admin.ensure_organisation_acls(code)
    password = secrets.token_urlsafe(16)
    await admin.set_scram(f"org-{code}", password)
    return client(f"org-{code}", password)


class TestOrganisations:
    async def test_it_writes_its_own_and_reads_its_inbox(self, admin: KafkaAdmin, broker: Broker, code: str) -> None:
        own = await enrolled(admin, code)
        for kind in (PURSUE, INTEL, RESPONSES):
            publish(broker.bootstrap, kind.of(code).name, b"x", own)
        with pytest.raises(KafkaException, match="authorization"):
            publish(broker.bootstrap, INBOX.of(code).name, b"x", own)
        assert broker.stack.broker.security is not None
        notify = broker.stack.broker.security.client("svc-notify")
        await admin.ensure_service_acls()
        publish(broker.bootstrap, INBOX.of(code).name, b"told", notify)
        assert read(broker.bootstrap, INBOX.of(code).name, 1, {**own, "group.id": f"org.{code}.reader"}) == [b"told"]

    async def test_it_reaches_nothing_of_another(self, admin: KafkaAdmin, broker: Broker, code: str) -> None:
        own, longer = await enrolled(admin, code), f"{code}-x"
        other = await enrolled(admin, longer)
        publish(broker.bootstrap, PURSUE.of(longer).name, b"theirs", other)
        for one, whose in ((own, longer), (other, code)):
            with pytest.raises(KafkaException, match="authorization"):
                publish(broker.bootstrap, PURSUE.of(whose).name, b"x", one)
            mine = {kind.of(code if one is own else longer).name for kind in (PURSUE, INTEL, RESPONSES, INBOX)}
            login = one
            await until(lambda m=mine, login=login: topics_seen(broker.bootstrap, login) == m, "it sees its own topics")  # type: ignore[misc]

    async def test_a_new_password_ends_the_old_one(self, admin: KafkaAdmin, broker: Broker, code: str) -> None:
        old = await enrolled(admin, code)
        await admin.set_scram(f"org-{code}", "another password")
        with pytest.raises(KafkaException):
            AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": "0", **old}).list_topics(timeout=3)

    async def test_only_its_reader_reads_what_it_submits(self, admin: KafkaAdmin, broker: Broker, code: str) -> None:
        await enrolled(admin, code)
        assert broker.stack.broker.security is not None
        passwords = broker.stack.broker.security

        def readers() -> set[str]:
            """Whom the broker shows the topic; its answers follow a new right within a moment."""
            return {
                service
                for service in ("intel", "tasking", "safeguarding", "notify")
                if PURSUE.of(code).name in topics_seen(broker.bootstrap, passwords.client(f"svc-{service}"))
            }

        await until(lambda: bool(readers()), "somebody may read it")
        assert readers() == {"tasking"}


class TestTopics:
    async def test_they_are_as_declared_and_made_once(self, admin: KafkaAdmin, broker: Broker) -> None:
        for _ in range(2):
            await admin.ensure_topics(internal_topics())
            await admin.ensure_service_acls()
        client = AdminClient(broker.client())
        seen = client.list_topics(timeout=20).topics
        for topic in internal_topics():
            assert len(seen[topic.name].partitions) == topic.partitions
        wanted = next(topic for topic in internal_topics() if topic.cleanup == "compact")
        (described,) = client.describe_configs([ConfigResource(ResourceType.TOPIC, wanted.name)]).values()
        found = {name: entry.value for name, entry in described.result(20).items()}
        assert wanted.config.items() <= found.items()

    async def test_a_broker_without_logins_has_topics_only(self, tmp_path: Path) -> None:
        broker = TansuBroker(tmp_path)
        broker.start()
        try:
            admin = KafkaAdmin(KafkaSettings(broker.bootstrap), secured=False)
            for _ in range(2):
                await admin.ensure_topics([*internal_topics(), *topics_of("kent")])
                await admin.ensure_service_acls()
                await admin.ensure_organisation_acls("kent")
                await admin.set_scram("org-kent", "unused")
            seen = AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(timeout=20).topics
            assert {topic.name for topic in (*internal_topics(), *topics_of("kent"))} <= set(seen)
        finally:
            broker.stop()


class TestRights:
    def test_each_topic_has_one_writer_and_its_readers(self) -> None:
        rights = service_rights()
        for topic in internal_topics():
            writers = {one.principal for one in rights if one.name == topic.name and one.operation == "write"}
            readers = {one.principal for one in rights if one.name == topic.name and one.operation == "read"}
            assert writers == {f"svc-{topic.writer}"} or topic.writer == "services"
            assert readers == {f"svc-{group.split('.')[0]}" for group in topic.readers}

    def test_an_organisation_gets_literal_topics_of_its_own(self) -> None:
        mine = [one for one in organisation_rights("kent") if one.principal == "org-kent"]
        assert {one.name for one in mine if one.kind == "topic"} == {
            f"org.kent.{stream}.v1" for stream in ("pursue", "intel", "responses", "inbox")
        }
        assert [one.operation for one in mine if one.name == "org.kent.inbox.v1"] == ["describe", "read"]
