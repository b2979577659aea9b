"""The service's own tables: reports and lines."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

METADATA = sa.MetaData()
_MOMENT = TIMESTAMP(timezone=True)

REPORTS = sa.Table(
    "reports",
    METADATA,
    sa.Column("report", UUID(as_uuid=True), primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("urn", sa.Text, nullable=False),
    sa.Column("scheme", sa.Text, nullable=False),
    sa.Column("marking", sa.Text, nullable=False),
    sa.Column("handling", sa.Text, nullable=False),
    sa.Column("date_of_intelligence", sa.Date, nullable=False),
    sa.Column("line_id", UUID(as_uuid=True)),
    sa.Column("backfill", sa.Boolean, nullable=False),
    sa.Column("content", JSONB, nullable=False),
    sa.Column("submission", sa.Text, nullable=False),
    sa.Column("recorded_at", _MOMENT, nullable=False),
    sa.UniqueConstraint("organisation", "urn", name="reports_urn"),
)
"""Reports as they came, grades and all. `handling` is the strictest of the report's own grades. Never altered."""
sa.Index("reports_line", REPORTS.c.line_id, postgresql_where=REPORTS.c.line_id.is_not(None))

LINES = sa.Table(
    "lines",
    METADATA,
    sa.Column("line_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("areas", JSONB, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("submission", sa.Text, nullable=False),
    sa.Column("changed_at", _MOMENT, nullable=False),
)
"""The register. `revision` counts what the owner declared, `version` what we said of it."""
sa.Index("lines_owner", LINES.c.owner)
