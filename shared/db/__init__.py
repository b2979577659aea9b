"""PostgreSQL: the engine, one transaction per unit of work, and bulk writes in one round trip."""

from shared.db.engine import DataRefused, connect, is_passing
from shared.db.transaction import Transaction
from shared.db.write import Conflict

__all__ = ["Conflict", "DataRefused", "Transaction", "connect", "is_passing"]
