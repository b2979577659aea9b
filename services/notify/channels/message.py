"""What a channel is handed and what it answers: types that leave no room for anything about a case."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol
from uuid import UUID

Urgency = Literal["life_risk", "urgent", "routine"]
ChannelName = Literal["webhook", "smtp", "govuk_sms", "govuk_email", "log"]

URGENCIES: tuple[Urgency, ...] = ("life_risk", "urgent", "routine")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE = re.compile(rf"[A-Z]{{1,4}}(?:-[{_CROCKFORD}]{{4}}){{1,3}}")
_ATTEMPT = re.compile(r"[A-Za-z0-9_-]{8,64}")
_LOOPBACK_HOST = r"(?:127\.0\.0\.1|localhost|\[::1\])"
_LINK = re.compile(rf"(?:https://[A-Za-z0-9.-]+|http://{_LOOPBACK_HOST})(?::\d{{1,5}})?(?:/[A-Za-z0-9._~-]+)+/?")


def alert_reference(alert_id: UUID) -> str:
    """The short reference that a person can read out over the telephone, such as `NC-7K2M-4QX9`.

    40 bits of the id in Crockford's base 32 (no I, L, O or U, which are misheard). They are taken from the
    end of the id, where every UUID version in use is random.
    """
    number = int.from_bytes(alert_id.bytes[11:], "big")
    digits = "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(35, -1, -5))
    return f"NC-{digits[:4]}-{digits[4:]}"


@dataclass(frozen=True, slots=True)
class Message:
    """All that a text may carry: a reference, an urgency and a link; for life risk, "phone the control room".

    Every part has a closed form, so that a name, an address, a line or an operation cannot be put into one.

    Raises ValueError that names the field and never repeats what was given.
    """

    reference: str
    """As `alert_reference` makes it."""
    urgency: Urgency
    link: str | None
    """https (http to loopback only), a path and no query: nothing can be appended to it."""
    phone_control_room: bool
    attempt_reference: str
    """Names this attempt, the same after a restart: 8 to 64 letters, digits, `_` or `-`."""

    def __post_init__(self) -> None:
        _require(bool(_REFERENCE.fullmatch(self.reference)), "reference", "is not a short alert reference")
        _require(self.urgency in URGENCIES, "urgency", "is not a known urgency")
        _require(self.link is None or bool(_LINK.fullmatch(self.link)), "link", "is not a plain https link")
        _require(
            self.urgency == "life_risk" or not self.phone_control_room,
            "phone_control_room",
            "is said for life risk only",
        )
        _require(bool(_ATTEMPT.fullmatch(self.attempt_reference)), "attempt_reference", "has a wrong form")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a contact is reached: the channel's name and a URL, mailbox or number, which no repr shows."""

    channel: ChannelName
    value: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    """A webhook's own signing secret, `whsec_` and base64. Other channels have none."""


@dataclass(frozen=True, slots=True)
class DeliveredToProvider:
    """The provider took it (2xx, 250). This is no acknowledgement: only a person gives that."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It was not taken, or nobody knows whether it was. `reason` is a code, never a body."""

    retryable: bool
    reason: str
    retry_after: timedelta | None = None
    """The least wait that the provider asked for."""


Outcome = DeliveredToProvider | Failed


class Channel(Protocol):
    """One way out. Waits no longer than its own time-out (5 s unless set otherwise), and raises nothing."""

    @property
    def name(self) -> str: ...

    async def hand_over(self, message: Message, to: Address) -> Outcome: ...

    async def close(self) -> None:
        """Give back connections and threads."""
        ...


class CanBeAsked(Protocol):
    """A channel whose provider knows what it was sent; it is asked before an attempt is repeated."""

    async def already_sent(self, attempt_reference: str) -> Outcome | None:
        """What became of it. None: the provider never had it. Failed: it failed there, or nobody answered."""
        ...


def _require(holds: bool, field_name: str, rule: str) -> None:
    if not holds:
        raise ValueError(f"{field_name} {rule}")
