"""Servers of their own for the tests of the stack: one for a module, in directories that are removed."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nclcc.stack import EmbeddedPostgres, LocalKafka
from nclcc.stack.kafka_jars import kafka_available

# Where Java is not, the run stands on another broker (its first lines say which), and there is no Kafka here.
collect_ignore = [] if kafka_available() else ["test_kafka.py"]


@pytest.fixture(scope="module")
def run_dir() -> Iterator[Path]:
    # Not pytest's own directory: the database's account may not enter that.
    directory = Path(tempfile.mkdtemp(prefix="nclcc-test-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def postgres(run_dir: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(run_dir)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def kafka(run_dir: Path) -> Iterator[LocalKafka]:
    broker = LocalKafka(run_dir)
    broker.start()
    yield broker
    broker.stop()
