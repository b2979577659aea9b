"""A message as Kafka hands it over, and as a handler gets it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.bus.work import Work
from shared.contracts.envelope import Envelope
from shared.contracts.topics import organisation_of


@dataclass(frozen=True, slots=True)
class Record:
    """One message of a topic: raw bytes and where it stood."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    at: datetime

    @property
    def organisation(self) -> str | None:
        """Who spoke: the topic's name proves it."""
        return organisation_of(self.topic)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A decoded internal event, and the record that it came in."""

    event: Envelope
    record: Record


Handler = Callable[[Work, Sequence[Delivery]], Awaitable[None]]
"""Takes all new events of its types in a batch, in order: gathers, decides, records. Never commits."""

BatchHandler = Callable[[Work, Sequence[Record]], Awaitable[None]]
"""Takes a whole batch of raw records inside one transaction."""
