"""The tables that every service has for the bus: positions, inbox, outbox, leases, submissions, dead letters."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, TIMESTAMP, UUID

METADATA = sa.MetaData()
_MOMENT = TIMESTAMP(timezone=True)

POSITIONS = sa.Table(
    "positions",
    METADATA,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next", sa.BigInteger, nullable=False),
)
"""The offset that `consumer` (a group) takes next. Moved by compare-and-set inside the effect's own transaction."""

INBOX = sa.Table(
    "inbox",
    METADATA,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("claimed_at", _MOMENT, nullable=False),
)
"""What was handled already, by the sender's own (`source`, `id`)."""

OUTBOX = sa.Table(
    "outbox",
    METADATA,
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("id", UUID(as_uuid=True), nullable=False),
    sa.Column("aggregatetype", sa.Text, nullable=False),
    sa.Column("aggregateid", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("payload", BYTEA),
    sa.Column("headers", JSONB),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("shard", sa.SmallInteger, nullable=False),
    sa.Column("created_at", _MOMENT, nullable=False),
    sa.Column("sent_at", _MOMENT),
)
"""Debezium's columns (`aggregatetype` is the topic, `aggregateid` the key) and ours: the order, the lane, the shard."""
sa.Index("outbox_unsent", OUTBOX.c.lane, OUTBOX.c.shard, OUTBOX.c.seq, postgresql_where=OUTBOX.c.sent_at.is_(None))
sa.Index("outbox_sent_at", OUTBOX.c.sent_at, postgresql_where=OUTBOX.c.sent_at.is_not(None))

LEASES = sa.Table(
    "leases",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("until", _MOMENT, nullable=False),
)
"""Who does what only one may do. Runs out by the database's own clock: a stopped process keeps nothing."""

SUBMISSIONS = sa.Table(
    "submissions",
    METADATA,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("body_hash", sa.Text, nullable=False),
    sa.Column("topic", sa.Text),
    sa.Column("partition", sa.Integer),
    sa.Column("offset", sa.BigInteger),
    sa.Column("verdict", sa.Text),
    sa.Column("receipt", JSONB),
    sa.Column("claimed_at", _MOMENT, nullable=False),
)
"""What an organisation sent, by its own id, and the receipt that it got."""

DEAD_LETTERS = sa.Table(
    "dead_letters",
    METADATA,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("offset", sa.BigInteger, primary_key=True),
    sa.Column("key", BYTEA),
    sa.Column("value", BYTEA),
    sa.Column("headers", JSONB, nullable=False),
    sa.Column("error_class", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("first_at", _MOMENT, nullable=False),
    sa.Column("last_at", _MOMENT, nullable=False),
    sa.Column("replay_requested_at", _MOMENT),
    sa.Column("replayed_at", _MOMENT),
)
"""Messages that we failed to handle. While one of a key is open, the key's later messages are parked behind it."""
sa.Index(
    "dead_letters_open",
    DEAD_LETTERS.c.consumer,
    DEAD_LETTERS.c.topic,
    DEAD_LETTERS.c.key,
    postgresql_where=DEAD_LETTERS.c.replayed_at.is_(None),
)
