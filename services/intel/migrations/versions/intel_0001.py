"""Give intel its reports and its register of lines."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "intel_0001"
down_revision = None
branch_labels = ("intel",)
depends_on = "platform_0001"


def upgrade() -> None:
    op.create_table(
        "lines",
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("areas", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("line_id"),
    )
    op.create_index("lines_owner", "lines", ["owner"], unique=False)
    op.create_table(
        "reports",
        sa.Column("report", sa.UUID(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("urn", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("marking", sa.Text(), nullable=False),
        sa.Column("handling", sa.Text(), nullable=False),
        sa.Column("date_of_intelligence", sa.Date(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=True),
        sa.Column("backfill", sa.Boolean(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("recorded_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("report"),
        sa.UniqueConstraint("organisation", "urn", name="reports_urn"),
    )
    op.create_index(
        "reports_line", "reports", ["line_id"], unique=False, postgresql_where=sa.text("line_id IS NOT NULL")
    )
