"""Safeguarding's tables: the actions that it heard of, their tasks, the lines it follows, and a postcode directory."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

METADATA = sa.MetaData()
_MOMENT = TIMESTAMP(timezone=True)
_ID = UUID(as_uuid=True)

ACTIONS = sa.Table(
    "actions",
    METADATA,
    sa.Column("pursue_action", _ID, primary_key=True),
    sa.Column("acting", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", JSONB, nullable=False),
    sa.Column("awaits_line", _ID),
    sa.Column("changed_at", _MOMENT, nullable=False),
)
"""The newest version of each action. `awaits_line` is the line whose areas its tasks still wait for or follow."""
sa.Index("actions_awaits_line", ACTIONS.c.awaits_line, postgresql_where=ACTIONS.c.awaits_line.is_not(None))

TASKS = sa.Table(
    "tasks",
    METADATA,
    sa.Column("task", _ID, primary_key=True),
    sa.Column("pursue_action", _ID, nullable=False),
    sa.Column("acting", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("playbook", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("desk", sa.Text, nullable=False),
    sa.Column("urgency", sa.Text, nullable=False),
    sa.Column("nation", sa.Text, nullable=False),
    sa.Column("raised_at", _MOMENT, nullable=False),
    sa.Column("due_at", _MOMENT, nullable=False),
    sa.Column("together", _ID, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("changed_at", _MOMENT, nullable=False),
    sa.Column("acting_contact", sa.Text),
    sa.Column("previous_organisation", sa.Text),
    sa.Column("previous_desk", sa.Text),
    sa.Column("legal_basis", JSONB, nullable=False),
    sa.Column("minimum", JSONB, nullable=False),
    sa.Column("missing", JSONB, nullable=False),
    sa.Column("sealed", sa.Boolean, nullable=False),
    sa.Column("told", sa.Boolean, nullable=False),
    sa.Column("retracted", sa.Boolean, nullable=False),
    sa.Column("named", JSONB, nullable=False),
    sa.Column("backfill", sa.Boolean, nullable=False),
    sa.Column("people", JSONB, nullable=False),
    sa.Column("places", JSONB, nullable=False),
    sa.Column("context", JSONB, nullable=False),
    sa.Column("route", JSONB, nullable=False),
    sa.Column("declines", JSONB, nullable=False),
    sa.Column("seen_at", _MOMENT),
    sa.Column("answered_by", sa.Text),
    sa.Column("answered_for", sa.Text),
    sa.Column("reason", sa.Text),
)
"""One row per action, rule and recipient. A sealed task's `minimum` is empty: it is built when it is read."""
sa.Index("tasks_pursue_action", TASKS.c.pursue_action)
sa.Index("tasks_organisation", TASKS.c.organisation, TASKS.c.raised_at, TASKS.c.task)
sa.Index("tasks_acting", TASKS.c.acting, TASKS.c.raised_at, TASKS.c.task)

LINES = sa.Table(
    "lines",
    METADATA,
    sa.Column("line_id", _ID, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("areas", JSONB, nullable=False),
)
"""Our copy of the register of lines; `areas` are the districts where a line arrives."""

CONTACTS = sa.Table(
    "contacts",
    METADATA,
    sa.Column("organisation", sa.Text, primary_key=True),
    sa.Column("contact", sa.Text, primary_key=True),
    sa.Column("named", sa.Boolean, nullable=False),
    sa.Column("valid_until", _MOMENT),
    sa.Column("version", sa.Integer, nullable=False),
)
"""Who may be told of what is sealed, and until when: our copy of what notify knows."""

POSTCODES = sa.Table(
    "postcodes",
    METADATA,
    sa.Column("postcode", sa.Text, primary_key=True),
    sa.Column("district", sa.Text, nullable=False),
)
"""The ONS postcode directory, where a deployment loaded it."""
