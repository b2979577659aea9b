"""The tables that every service has for its audit log: the entries, and the signed checkpoints over them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, TIMESTAMP

METADATA = sa.MetaData()
_MOMENT = TIMESTAMP(timezone=True)

AUDIT_LOG = sa.Table(
    "audit_log",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", _MOMENT, nullable=False),
    sa.Column("txid", sa.BigInteger, nullable=False, server_default=sa.text("(pg_current_xact_id())::text::bigint")),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("record_kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("recipients", JSONB, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text),
    sa.Column("detail", JSONB),
)
"""What was done with a record, in the transaction that did it. `txid` is that transaction: ids alone are drawn
before a commit and show neither a gap nor a latecomer."""
sa.Index("audit_log_txid", AUDIT_LOG.c.txid)
sa.Index("audit_log_record", AUDIT_LOG.c.record_kind, AUDIT_LOG.c.record_id)

AUDIT_CHECKPOINTS = sa.Table(
    "audit_checkpoints",
    METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("from_txid", sa.BigInteger, nullable=False),
    sa.Column("to_txid", sa.BigInteger, nullable=False),
    sa.Column("first_id", sa.BigInteger),
    sa.Column("last_id", sa.BigInteger),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("root", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("at", _MOMENT, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
    sa.Column("leaves", BYTEA, nullable=False),
)
"""A sealed window of the log. `leaves` (id and hash of each entry) is not signed itself: where it gives the signed
root it can be trusted, and then names the very entry that was changed or removed."""
