"""The link in a message: 256 bits that nobody without the key can make, stored only as their hash."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

_PURPOSE = b"notify-link-v1\x1f"


def link_token(key: bytes, alert: UUID, contact: str) -> str:
    """The token of this contact's link to this alert, 43 characters.

    It is computed from the key each time and kept nowhere, so that a message that another process has to send
    again carries the same link, and a stolen database opens nothing.
    """
    digest = hmac.digest(key, _PURPOSE + f"{alert}\x1f{contact}".encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(token: str) -> str:
    """How a token is stored and found."""
    return sha256(token.encode()).hexdigest()
