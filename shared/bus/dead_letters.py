"""Dead letters: what we could not handle is kept, its key's later messages wait behind it, a command replays it."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.bus.notices import publish_notice
from shared.bus.record import BatchHandler, Record
from shared.bus.tables import DEAD_LETTERS
from shared.bus.work import Work
from shared.contracts.receipts import NoticeKind
from shared.contracts.topics import dead_letter_name
from shared.kernel.ids import public_id

CAP: Final = 1000
"""Open dead letters of one consumer before it stops: a bad deploy must not dead-letter everything."""


class DeadLetterCapReached(Exception):
    """Too many open dead letters: the consumer stops and says so, and nothing is dropped."""


async def set_aside(work: Work, consumer: str, record: Record, error_class: str, attempts: int) -> None:
    """Keep `record` and send it to its dead-letter topic, bytes, key and headers as they came.

    Raises `DeadLetterCapReached`. The error's text is left out: it may quote the message.
    """
    counted = await work.fetch(
        "SELECT count(*) AS open FROM dead_letters WHERE consumer = $1 AND replayed_at IS NULL", consumer
    )
    if counted[0].open >= CAP:
        raise DeadLetterCapReached(consumer)
    headers = [[_name(name), b64encode(value or b"").decode()] for name, value in record.headers]
    work.insert(
        DEAD_LETTERS,
        [
            {
                "consumer": consumer,
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "key": record.key,
                "value": record.value,
                "headers": headers,
                "error_class": error_class,
                "attempts": attempts,
                "first_at": record.at,
                "last_at": work.now,
            }
        ],
    )
    await work.flush()
    # one alert an hour for each consumer, not one for each message of a bad deploy
    hour = work.now.strftime("%Y-%m-%dT%H")
    publish_notice(work, consumer.split(".")[0], NoticeKind.DEAD_LETTER, None, consumer, f"{consumer}/{hour}")
    where = (record.topic, str(record.partition), str(record.offset))
    work.send(
        dead_letter_name(record.topic, consumer),
        b64encode(record.key or b"").decode(),
        record.value,
        "dead-letter",
        public_id("dead-letter", consumer, *where),
        {name: value for name, value in headers}
        | {
            "nclcc-key": b64encode(record.key or b"").decode(),
            "nclcc-source-topic": record.topic,
            "nclcc-source-partition": where[1],
            "nclcc-source-offset": where[2],
            "nclcc-error-class": error_class,
            "nclcc-attempts": str(attempts),
            "nclcc-first-at": record.at.isoformat(),
            "nclcc-last-at": work.now.isoformat(),
        },
    )


def _name(header: str) -> str:
    """A header's name as PostgreSQL can hold it."""
    return header.replace("\0", "\ufffd")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter as it is listed: where it stood and why, never what it holds."""

    consumer: str
    topic: str
    partition: int
    offset: int
    error_class: str
    attempts: int
    first_at: datetime
    last_at: datetime
    bytes: int
    replay_requested_at: datetime | None


async def list_dead_letters(work: Work) -> list[DeadLetter]:
    """The open ones, oldest first."""
    rows = await work.fetch(
        'SELECT consumer, topic, partition, "offset", error_class, attempts, first_at, last_at,'
        " coalesce(octet_length(value), 0) AS bytes, replay_requested_at FROM dead_letters"
        ' WHERE replayed_at IS NULL ORDER BY first_at, topic, partition, "offset" LIMIT 1000'
    )
    return [DeadLetter(*row) for row in rows]


async def request_replay(work: Work, consumer: str, topic: str | None = None) -> int:
    """Ask the consumer's owner to take its open dead letters again, in order; returns how many."""
    rows = await work.fetch(
        "UPDATE dead_letters SET replay_requested_at = $1 WHERE consumer = $2 AND ($3::text IS NULL OR topic = $3)"
        " AND replayed_at IS NULL RETURNING 1",
        work.now,
        consumer,
        topic,
    )
    return len(rows)


async def replay_one(work: Work, consumer: str, handle: BatchHandler) -> bool:
    """Take the oldest requested dead letter again inside `work`; False if there is none.

    A message that was parked in the very moment in which its key became free is taken without a request.

    Raises what the handler raises: the caller then leaves it open by `replay_failed`.
    """
    rows = await work.fetch(
        "SELECT * FROM dead_letters d WHERE consumer = $1 AND replayed_at IS NULL AND (replay_requested_at IS NOT NULL"
        "  OR (error_class = 'Parked' AND NOT EXISTS (SELECT 1 FROM dead_letters f WHERE f.consumer = d.consumer"
        "   AND f.topic = d.topic AND f.key = d.key AND f.replayed_at IS NULL AND f.error_class <> 'Parked')))"
        ' ORDER BY topic, partition, "offset" LIMIT 1 FOR UPDATE SKIP LOCKED',
        consumer,
    )
    if not rows:
        return False
    row = rows[0]
    await handle(work, [_again(row)])
    await work.fetch(
        "UPDATE dead_letters SET replayed_at = $1"
        ' WHERE consumer = $2 AND topic = $3 AND partition = $4 AND "offset" = $5',
        work.now,
        consumer,
        row.topic,
        row.partition,
        row.offset,
    )
    return True


async def replay_failed(work: Work, consumer: str) -> None:
    """Withdraw the consumer's replay requests: the first one still fails, and the rest wait behind it."""
    await work.fetch(
        "UPDATE dead_letters SET replay_requested_at = NULL, attempts = attempts + 1, last_at = $1"
        " WHERE consumer = $2 AND replay_requested_at IS NOT NULL AND replayed_at IS NULL",
        work.now,
        consumer,
    )


def _again(row: object) -> Record:
    pairs: Sequence[Sequence[str]] = row.headers  # type: ignore[attr-defined]
    return Record(
        topic=row.topic,  # type: ignore[attr-defined]
        partition=row.partition,  # type: ignore[attr-defined]
        offset=row.offset,  # type: ignore[attr-defined]
        key=row.key,  # type: ignore[attr-defined]
        value=row.value,  # type: ignore[attr-defined]
        headers=tuple((name, b64decode(value)) for name, value in pairs),
        at=row.first_at,  # type: ignore[attr-defined]
    )
