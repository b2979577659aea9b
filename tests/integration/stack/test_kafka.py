"""Apache Kafka on this machine: logins, ACLs, large messages, and what survives a kill."""

import secrets
import shutil
import stat
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from nclcc.stack import SERVICE_PRINCIPALS, LocalKafka, Security, StackError
from nclcc.stack.kafka_jars import cache_directory, expected_sums, verified_jars, verify
from tests.integration.stack.kafka_client import create_topic, publish, read, settings

SHORT = {"socket.timeout.ms": "2000"}


@pytest.fixture
def topic(kafka: LocalKafka) -> str:
    name = f"topic.{secrets.token_hex(4)}"
    create_topic(kafka.bootstrap, name, kafka.security.client("admin"))
    return name


def allow(kafka: LocalKafka, principal: str, topic: str, *operations: AclOperation) -> None:
    admin = AdminClient(settings(kafka.bootstrap, kafka.security.client("admin")))
    anyone, literal, permit = "*", ResourcePatternType.LITERAL, AclPermissionType.ALLOW
    bindings = [
        AclBinding(ResourceType.TOPIC, topic, literal, f"User:{principal}", anyone, operation, permit)
        for operation in operations
    ]
    for done in admin.create_acls(bindings).values():
        done.result(20)


class TestLogin:
    def test_every_service_has_its_own(self, kafka: LocalKafka) -> None:
        for principal in SERVICE_PRINCIPALS:
            client = AdminClient(settings(kafka.bootstrap, kafka.security.client(principal)))
            assert len(client.list_topics(timeout=20).brokers) == 1

    def test_nobody_is_refused(self, kafka: LocalKafka) -> None:
        client = AdminClient({**settings(kafka.bootstrap, None), **SHORT})
        with pytest.raises(KafkaException):
            client.list_topics(timeout=2)

    def test_a_wrong_password_is_refused(self, kafka: LocalKafka) -> None:
        wrong = Security({"admin": "guess"}).client("admin")
        client = AdminClient({**settings(kafka.bootstrap, wrong), **SHORT})
        with pytest.raises(KafkaException):
            client.list_topics(timeout=2)

    def test_one_who_enrols_later_can_log_in(self, kafka: LocalKafka) -> None:
        admin = AdminClient(settings(kafka.bootstrap, kafka.security.client("admin")))
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        upsert = UserScramCredentialUpsertion("org-kent", info, b"secret")
        for done in admin.alter_user_scram_credentials([upsert]).values():
            done.result(20)
        client = AdminClient(settings(kafka.bootstrap, Security({"org-kent": "secret"}).client("org-kent")))
        assert len(client.list_topics(timeout=20).brokers) == 1

    def test_secrets_are_for_their_owner_only(self, kafka: LocalKafka, run_dir: Path) -> None:
        password = kafka.security.passwords["admin"]
        for path in (run_dir / "kafka").glob("*.*"):
            if path.is_file() and password in path.read_text(errors="replace"):
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert password not in repr(kafka.security)
        assert password not in kafka.log_path.read_text()


class TestAccess:
    def test_without_an_acl_nothing_is_allowed(self, kafka: LocalKafka, topic: str) -> None:
        with pytest.raises(KafkaException, match="authorization"):
            publish(kafka.bootstrap, topic, b"x", kafka.security.client("svc-intel"))

    def test_an_acl_allows_just_that(self, kafka: LocalKafka, topic: str) -> None:
        allow(kafka, "svc-intel", topic, AclOperation.WRITE, AclOperation.DESCRIBE)
        publish(kafka.bootstrap, topic, b"allowed", kafka.security.client("svc-intel"))
        with pytest.raises(KafkaException, match="authorization"):
            publish(kafka.bootstrap, topic, b"x", kafka.security.client("svc-notify"))
        assert read(kafka.bootstrap, topic, 1, kafka.security.client("admin")) == [b"allowed"]

    def test_topics_do_not_make_themselves(self, kafka: LocalKafka) -> None:
        admin = AdminClient(settings(kafka.bootstrap, kafka.security.client("admin")))
        asked = admin.list_topics("never.declared", timeout=20).topics["never.declared"]
        assert asked.error is not None
        assert asked.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART
        assert "never.declared" not in admin.list_topics(timeout=20).topics


class TestEndurance:
    @pytest.mark.parametrize("how", ["kill", "restart"])
    def test_what_was_acknowledged_is_still_there(self, kafka: LocalKafka, topic: str, how: str) -> None:
        before, admin = kafka.bootstrap, kafka.security.client("admin")
        publish(before, topic, b"first", admin)
        if how == "kill":
            kafka.kill()
            kafka.start()
        else:
            kafka.restart()
        assert kafka.bootstrap == before
        publish(before, topic, b"second", admin)
        assert read(before, topic, 2, admin) == [b"first", b"second"]

    def test_a_dead_letter_of_the_largest_submission_fits(self, kafka: LocalKafka, topic: str) -> None:
        admin = kafka.security.client("admin")
        publish(kafka.bootstrap, topic, secrets.token_bytes(2_200_000), admin)
        assert [len(value) for value in read(kafka.bootstrap, topic, 1, admin)] == [2_200_000]


class TestJars:
    def test_one_altered_byte_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "kafka.jar").write_bytes(b"as built")
        sums = expected_sums(f"{'0' * 64}  kafka.jar\n")
        with pytest.raises(StackError, match=r"kafka\.jar"):
            verify(tmp_path, sums)

    def test_a_missing_and_a_surplus_jar_are_refused(self, tmp_path: Path) -> None:
        jar = verified_jars()[0]
        shutil.copy(jar, tmp_path / "surplus.jar")
        with pytest.raises(StackError, match=r"missing\.jar, surplus\.jar"):
            verify(tmp_path, {"missing.jar": "0" * 64})

    def test_those_in_the_cache_are_those_committed(self) -> None:
        jars = verified_jars()
        assert {jar.parent for jar in jars} == {cache_directory()}
        assert any(jar.name.startswith("kafka_2.13-") for jar in jars)
