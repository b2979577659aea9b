"""Identifiers: deterministic ones that nobody without the key can compute, and fresh ones."""

import hmac
import secrets
from hashlib import sha256
from uuid import UUID

_SEPARATOR = b"\x1f"


def derive(key: bytes, *parts: str) -> UUID:
    """The id that the same key and parts always give (HMAC-SHA256 folded into a version 8 UUID, RFC 9562).

    A replay of a cause finds what it made before, and an outsider who guesses the parts still cannot
    compute the id of a sealed thing.
    """
    if not key:
        raise ValueError("an id key must not be empty")
    digest = hmac.digest(key, _SEPARATOR.join(part.encode() for part in parts), "sha256")
    return _uuid8(digest[:16])


def public_id(*parts: str) -> UUID:
    """A deterministic id for what is no secret, such as a receipt's own event id."""
    return _uuid8(sha256(_SEPARATOR.join(part.encode() for part in parts)).digest()[:16])


def fresh_token() -> str:
    """A secret for a link: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def _uuid8(raw: bytes) -> UUID:
    value = bytearray(raw)
    value[6] = (value[6] & 0x0F) | 0x80
    value[8] = (value[8] & 0x3F) | 0x80
    return UUID(bytes=bytes(value))
