"""Give safeguarding its actions, tasks, lines and postcode directory."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "safeguarding_0001"
down_revision = None
branch_labels = ("safeguarding",)
depends_on = "platform_0001"


def upgrade() -> None:
    op.create_table(
        "actions",
        sa.Column("pursue_action", sa.UUID(), nullable=False),
        sa.Column("acting", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("awaits_line", sa.UUID(), nullable=True),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pursue_action"),
    )
    op.create_index(
        "actions_awaits_line",
        "actions",
        ["awaits_line"],
        unique=False,
        postgresql_where=sa.text("awaits_line IS NOT NULL"),
    )
    op.create_table(
        "contacts",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("valid_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "contact"),
    )
    op.create_table(
        "lines",
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("areas", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("line_id"),
    )
    op.create_table(
        "postcodes",
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("postcode"),
    )
    op.create_table(
        "tasks",
        sa.Column("task", sa.UUID(), nullable=False),
        sa.Column("pursue_action", sa.UUID(), nullable=False),
        sa.Column("acting", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("nation", sa.Text(), nullable=False),
        sa.Column("raised_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("together", sa.UUID(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("acting_contact", sa.Text(), nullable=True),
        sa.Column("previous_organisation", sa.Text(), nullable=True),
        sa.Column("previous_desk", sa.Text(), nullable=True),
        sa.Column("legal_basis", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("minimum", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("missing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("retracted", sa.Boolean(), nullable=False),
        sa.Column("named", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("backfill", sa.Boolean(), nullable=False),
        sa.Column("people", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("places", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("route", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("declines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seen_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_for", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("task"),
    )
    op.create_index("tasks_acting", "tasks", ["acting", "raised_at", "task"], unique=False)
    op.create_index("tasks_organisation", "tasks", ["organisation", "raised_at", "task"], unique=False)
    op.create_index("tasks_pursue_action", "tasks", ["pursue_action"], unique=False)
