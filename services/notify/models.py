"""The service's own tables: who takes part, who is told, what they were told, and what they answered."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

METADATA = sa.MetaData()
_MOMENT = TIMESTAMP(timezone=True)
_ID = UUID(as_uuid=True)

ORGANISATIONS = sa.Table(
    "organisations",
    METADATA,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("kafka", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("enrolled_at", _MOMENT, nullable=False),
    sa.Column("provisioned_at", _MOMENT),
)
"""Who takes part. `provisioned_at` is when its topics and their ACLs stood; None while they are to be made."""

CONTACTS = sa.Table(
    "contacts",
    METADATA,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("contact", sa.Text, primary_key=True),
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("named", sa.Boolean, nullable=False),
    sa.Column("valid_until", _MOMENT),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("document", JSONB, nullable=False),
)
"""People and staffed posts. One that was taken out stays, inactive, so that its versions keep counting."""

ROTAS = sa.Table(
    "rotas",
    METADATA,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("desk", sa.Text, primary_key=True),
    sa.Column("document", JSONB, nullable=False),
)

POLICIES = sa.Table(
    "policies",
    METADATA,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("desk", sa.Text, primary_key=True),
    sa.Column("urgency", sa.Text, primary_key=True),
    sa.Column("document", JSONB, nullable=False),
)

TASKS = sa.Table(
    "tasks",
    METADATA,
    sa.Column("task", _ID, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("pursue_action", _ID, nullable=False),
    sa.Column("acting", sa.Text, nullable=False),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("urgency", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("raised_at", _MOMENT, nullable=False),
    sa.Column("due_at", _MOMENT, nullable=False),
    sa.Column("sealed", sa.Boolean, nullable=False),
    sa.Column("together", _ID, nullable=False),
    sa.Column("answered_by", sa.Text),
    sa.Column("answered", sa.Boolean, nullable=False),
    sa.Column("alert", _ID),
    sa.Column("alerts", JSONB, nullable=False),
)
"""A copy of each Protect task, as far as an alert and its page need it; a sealed one has no title here."""
sa.Index("tasks_alert", TASKS.c.alert)

ALERTS = sa.Table(
    "alerts",
    METADATA,
    sa.Column("alert", _ID, primary_key=True),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("about", sa.Text),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("urgency", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("step", sa.Integer),
    sa.Column("sealed", sa.Boolean, nullable=False),
    sa.Column("named", JSONB, nullable=False),
    sa.Column("officer", sa.Text),
    sa.Column("tasks", JSONB, nullable=False),
    sa.Column("told", JSONB, nullable=False),
    sa.Column("began_at", _MOMENT, nullable=False),
    sa.Column("raised_at", _MOMENT, nullable=False),
    sa.Column("handed_over_at", _MOMENT),
    sa.Column("acknowledged_at", _MOMENT),
    sa.Column("acknowledged_by", sa.Text),
    sa.Column("answer", sa.Text),
    sa.Column("next_deadline", _MOMENT),
)
"""One for each message. `told` are the contacts who had it; `began_at` is when the case began, for the metric."""
sa.Index("alerts_due", ALERTS.c.next_deadline, postgresql_where=ALERTS.c.status.in_(("open", "fallback")))
sa.Index("alerts_organisation", ALERTS.c.organisation, ALERTS.c.raised_at)

LINKS = sa.Table(
    "links",
    METADATA,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("alert", _ID, nullable=False),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("made_at", _MOMENT, nullable=False),
)
"""The SHA-256 of a link's token, and whose link it is. Whoever reads this table cannot make a link from it."""

DELIVERIES = sa.Table(
    "deliveries",
    METADATA,
    sa.Column("delivery", _ID, primary_key=True),
    sa.Column("alert", _ID, nullable=False),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("rank", sa.SmallInteger, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("channel", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("first_at", _MOMENT),
    sa.Column("lease_owner", sa.Text, nullable=False),
    sa.Column("lease_until", _MOMENT, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("provider_id", sa.Text),
    sa.Column("created_at", _MOMENT, nullable=False),
    sa.Column("done_at", _MOMENT),
)
"""One for each contact who is to be told; pending before anything is sent. `channel` counts the contact's channels
from 0, `attempts` those on it. Until `lease_until` nobody but `lease_owner` may send it."""
sa.Index(
    "deliveries_pending",
    DELIVERIES.c.lease_until,
    postgresql_where=DELIVERIES.c.status == "pending",
)
sa.Index("deliveries_alert", DELIVERIES.c.alert)

ANSWERS = sa.Table(
    "answers",
    METADATA,
    sa.Column("answer", _ID, primary_key=True),
    sa.Column("alert", _ID, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("contact", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("at", _MOMENT, nullable=False),
)
sa.Index("answers_alert", ANSWERS.c.alert)

INBOX_COUNTERS = sa.Table(
    "inbox_counters",
    METADATA,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("topic", sa.Boolean, nullable=False),
)
"""The last sequence that each enrolled organisation's inbox has, and whether it is on its Kafka topic as well."""

INBOX_ENTRIES = sa.Table(
    "inbox_entries",
    METADATA,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("id", _ID, nullable=False),
    sa.Column("event", JSONB, nullable=False),
    sa.Column("at", _MOMENT, nullable=False),
)

DISCLOSURES = sa.Table(
    "disclosures",
    METADATA,
    sa.Column("record", _ID, primary_key=True),
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("way", sa.Text, primary_key=True),
    sa.Column("fields", JSONB, nullable=False),
    sa.Column("at", _MOMENT, nullable=False),
)
"""The disclosure ledger: which organisation received which version of a task, which fields, by which way."""

RECEIPTS = sa.Table(
    "receipts",
    METADATA,
    sa.Column("receipt", _ID, primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text),
    sa.Column("document", JSONB, nullable=False),
    sa.Column("at", _MOMENT, nullable=False),
)
sa.Index("receipts_event", RECEIPTS.c.organisation, RECEIPTS.c.event_id, RECEIPTS.c.at)
