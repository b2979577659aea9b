"""Each service's schema: the tables of the bus and the audit log, and its own."""

import asyncio
from importlib import import_module
from typing import Final

import sqlalchemy as sa

from shared.audit import METADATA as AUDIT
from shared.bus.tables import METADATA as BUS
from shared.db import migrate

SERVICES: Final = ("intel", "tasking", "safeguarding", "notify")


def metadata_of(service: str) -> list[sa.MetaData]:
    """Every table that the service's schema should have."""
    own: sa.MetaData = import_module(f"services.{service}.models").METADATA
    return [BUS, AUDIT, own]


def upgrade(service: str, url: str) -> None:
    """Bring a service's schema to the newest revision; blocks."""
    asyncio.run(migrate.upgrade(service, url))
