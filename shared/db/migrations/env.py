"""The one Alembic environment: every service's migrations run through it, on a connection of the service's own role.

The connection comes ready from `shared.db.migrate`, which has taken the lock and set the time-outs.
"""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes.get("metadata"),
    include_name=attributes.get("include_name"),
    version_table="alembic_version",
    transaction_per_migration=True,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
