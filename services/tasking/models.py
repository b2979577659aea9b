"""Tasking's tables: Pursue actions, their history, what waits, and the copies of others' facts."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

METADATA = sa.MetaData()
_MOMENT = TIMESTAMP(timezone=True)
_ID = UUID(as_uuid=True)

PURSUE_ACTIONS = sa.Table(
    "pursue_actions",
    METADATA,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("acting", sa.Text, nullable=False),
    sa.Column("action_id", _ID, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("change", sa.Text, nullable=False),
    sa.Column("changed", JSONB, nullable=False),
    sa.Column("sealed", sa.Boolean, nullable=False),
    sa.Column("backfill", sa.Boolean, nullable=False),
    sa.Column("details", JSONB),
    sa.Column("reason", sa.Text),
    sa.Column("lead", _ID),
    sa.Column("parts", JSONB, nullable=False),
    sa.Column("skipped", JSONB, nullable=False),
    sa.Column("submission_id", sa.Text, nullable=False),
    sa.Column("occurred_at", _MOMENT, nullable=False),
    sa.Column("changed_at", _MOMENT, nullable=False),
)
"""Where each action stands. The id is keyed: nobody else can compute it from the force's own."""
sa.Index("pursue_actions_lead", PURSUE_ACTIONS.c.lead, postgresql_where=PURSUE_ACTIONS.c.lead.is_not(None))
sa.Index("pursue_actions_acting", PURSUE_ACTIONS.c.acting, PURSUE_ACTIONS.c.changed_at, PURSUE_ACTIONS.c.id)
sa.Index("pursue_actions_changed", PURSUE_ACTIONS.c.changed_at, PURSUE_ACTIONS.c.id)
sa.Index(
    "pursue_actions_sealed",
    PURSUE_ACTIONS.c.changed_at,
    PURSUE_ACTIONS.c.id,
    postgresql_where=PURSUE_ACTIONS.c.sealed,
)

HISTORY = sa.Table(
    "history",
    METADATA,
    sa.Column("pursue_action", _ID, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("occurred_at", _MOMENT, nullable=False),
    sa.Column("at", _MOMENT, nullable=False),
)
"""Every submission that was applied, and by whom it came."""

WAITING = sa.Table(
    "waiting",
    METADATA,
    sa.Column("pursue_action", _ID, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("body_hash", sa.Text, nullable=False),
    sa.Column("event", JSONB, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("topic", sa.Text),
    sa.Column("partition", sa.Integer),
    sa.Column("offset", sa.BigInteger),
    sa.Column("received_at", _MOMENT, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("sealed", sa.Boolean, nullable=False),
    sa.Column("named", JSONB, nullable=False),
    sa.Column("codes", JSONB, nullable=False),
    sa.Column("line_id", _ID),
    sa.Column("lead", _ID),
    sa.Column("since", _MOMENT, nullable=False),
    sa.Column("until", _MOMENT, nullable=False),
    sa.Column("noticed_at", _MOMENT),
)
"""Submissions that wait for the one before them, with the keys of the facts that their turn will need."""
sa.Index("waiting_until", WAITING.c.until)
sa.Index(
    "waiting_unnoticed",
    WAITING.c.since,
    postgresql_where=sa.and_(WAITING.c.urgent, WAITING.c.noticed_at.is_(None)),
)

LINES = sa.Table(
    "lines",
    METADATA,
    sa.Column("line_id", _ID, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
"""Which lines intel's register knows."""

CONTACTS = sa.Table(
    "contacts",
    METADATA,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("contact", sa.Text, primary_key=True),
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("named", sa.Boolean, nullable=False),
    sa.Column("valid_until", _MOMENT),
    sa.Column("version", sa.Integer, nullable=False),
)
"""Who may be named for something sealed."""

ORGANISATIONS = sa.Table(
    "organisations",
    METADATA,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("kafka", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
"""Who takes part."""
