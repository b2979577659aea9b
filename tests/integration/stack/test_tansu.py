"""The embedded broker: the same client, the same topics, and the memory that it does not have."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nclcc.stack import TansuBroker
from tests.integration.stack.kafka_client import create_topic, publish, read


@pytest.fixture
def broker(run_dir: Path) -> Iterator[TansuBroker]:
    tansu = TansuBroker(run_dir)
    tansu.start()
    yield tansu
    tansu.stop()


def test_a_large_message_goes_through(broker: TansuBroker) -> None:
    create_topic(broker.bootstrap, "org.kent.pursue.v1")
    publish(broker.bootstrap, "org.kent.pursue.v1", b"x" * 1_500_000)
    assert [len(value) for value in read(broker.bootstrap, "org.kent.pursue.v1", 1)] == [1_500_000]


@pytest.mark.parametrize("how", ["kill", "restart"])
def test_it_comes_back_on_its_port_and_has_forgotten(broker: TansuBroker, how: str) -> None:
    before = broker.bootstrap
    create_topic(before, "kept")
    if how == "kill":
        broker.kill()
        broker.start()
    else:
        broker.restart()
    assert broker.bootstrap == before
    assert not broker.durable
    create_topic(before, "kept")


def test_it_asks_nobody_who_they_are(broker: TansuBroker) -> None:
    assert broker.security is None
