"""The shapes of tasking's HTTP answers."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from shared.kernel.errors import FieldError, Rejected


class ActionPage(BaseModel):
    """Some actions, newest change first, each as the reader may see it; `next` goes on from there."""

    items: list[dict[str, Any]]
    next: str | None = None


def cursor_of(changed_at: datetime, id: UUID) -> str:
    """Where a page ended, as an opaque token."""
    return urlsafe_b64encode(f"{changed_at.isoformat()}|{id}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, UUID]:
    """The place in a token of `cursor_of`; raises `Rejected` for anything else."""
    try:
        moment, _, id = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("|")
        found = datetime.fromisoformat(moment), UUID(id)
    except ValueError:
        found = None
    if found is None or found[0].tzinfo is None:
        raise Rejected([FieldError("query.before", "cursor", "must be the `next` of an earlier page")])
    return found
