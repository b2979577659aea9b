"""Stored positions: where each partition is read next, moved by compare-and-set so that a zombie writes nothing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.bus.work import Work
from shared.kernel.errors import PositionLost


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A partition of a topic."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Move:
    """From the offset that we believe is next to the one after the batch."""

    partition: Partition
    expected: int
    to: int


async def read_positions(work: Work, consumer: str, partitions: Collection[Partition]) -> Mapping[Partition, int]:
    """The stored positions, made at 0 for partitions that were never read."""
    rows = await work.fetch(
        "WITH wanted AS (SELECT * FROM unnest($2::text[], $3::int[]) AS u(topic, partition)),"
        " made AS (INSERT INTO positions (consumer, topic, partition, next)"
        "   SELECT $1, topic, partition, 0 FROM wanted ON CONFLICT DO NOTHING RETURNING topic, partition, next)"
        " SELECT topic, partition, next FROM made UNION ALL"
        " SELECT p.topic, p.partition, p.next FROM positions p JOIN wanted USING (topic, partition)"
        " WHERE consumer = $1",
        consumer,
        [partition.topic for partition in partitions],
        [partition.number for partition in partitions],
    )
    return {Partition(row.topic, row.partition): row.next for row in rows}


async def move_positions(work: Work, consumer: str, moves: Collection[Move]) -> set[tuple[str, bytes]]:
    """Move all partitions of a batch; raises `PositionLost` if another owner moved one.

    Returns the (topic, key) pairs that are parked for this consumer, read in the same round trip.
    """
    ordered = sorted(moves, key=lambda move: move.partition)
    rows = await work.fetch(
        "WITH moved AS (UPDATE positions p SET next = u.dest"
        "   FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[]) AS u(topic, partition, expected, dest)"
        "   WHERE p.consumer = $1 AND p.topic = u.topic AND p.partition = u.partition AND p.next = u.expected"
        "   RETURNING 1)"
        " SELECT (SELECT count(*) FROM moved) AS moved, d.topic, d.key FROM (SELECT 1) one LEFT JOIN"
        "   (SELECT DISTINCT topic, key FROM dead_letters"
        "    WHERE consumer = $1 AND key IS NOT NULL AND replayed_at IS NULL) d ON true",
        consumer,
        [move.partition.topic for move in ordered],
        [move.partition.number for move in ordered],
        [move.expected for move in ordered],
        [move.to for move in ordered],
    )
    if rows[0].moved != len(ordered):
        raise PositionLost(consumer)
    return {(row.topic, row.key) for row in rows if row.key is not None}
