"""One line of the audit log: who did what with which record, when, and for whom; never what the record says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

NOBODY: Final = "nobody"
"""The actor and organisation of a refusal where we do not know who asked."""

_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,200}")


class Action(StrEnum):
    """The operations of section 62(1) of the Data Protection Act 2018, and refusals, which we log too."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"
    REFUSAL = "refusal"


class Way(StrEnum):
    """How the operation came about."""

    API = "api"
    KAFKA = "kafka"
    LINK = "link"
    CHANNEL = "channel"
    TIMER = "timer"
    CLI = "cli"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What to log. `actor` is a person's or service's subject, `organisation` whom it acts for.

    `recipients` names to whom it was disclosed: an organisation or `organisation/desk`. `purpose` is an
    optional code (the Data (Use and Access) Act 2025 removed the duty to log a justification). `detail` holds
    ids and codes only. Raises ValueError where a value has the form of prose: this log outlives what it is
    about.
    """

    action: Action
    record_kind: str
    record_id: str
    actor: str
    organisation: str
    way: Way
    recipients: tuple[str, ...] = ()
    purpose: str | None = None
    detail: Mapping[str, Any] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        named = {
            "record_kind": self.record_kind,
            "record_id": self.record_id,
            "actor": self.actor,
            "organisation": self.organisation,
            **({"purpose": self.purpose} if self.purpose is not None else {}),
        }
        for name, value in named.items():
            if not _is_token(value):
                raise ValueError(f"audit entry: {name} must be an id or a code")
        if not all(_is_token(one) for one in self.recipients):
            raise ValueError("audit entry: recipients must be codes")
        if self.detail is not None and not _is_plain(dict(self.detail)):
            raise ValueError("audit entry: detail must hold ids, codes and whole numbers only")


def _is_token(value: object) -> bool:
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(_is_token(key) and _is_plain(one) for key, one in value.items())
    if isinstance(value, list | tuple):
        return all(_is_plain(one) for one in value)
    # 2^53: beyond it whole numbers have no canonical JSON (RFC 8785)
    return value is None or _is_token(value) or (isinstance(value, int) and abs(value) < 2**53)
