"""An issuer of tokens for a stack of one's own; a real deployment has an identity provider in its place."""

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from shared.auth.principal import Role
from shared.kernel.clock import Clock, SystemClock

ISSUER: Final = "urn:nclcc:issuer:local"
AUDIENCE: Final = "nclcc"
_KEY_FILE: Final = "issuer.pem"
_JWKS_FILE: Final = "jwks.json"


class Issuer:
    """Holds an Ed25519 key in a directory, and mints tokens with it.

    `jwks_url` is what the services are given; the private key never leaves the directory.
    """

    def __init__(
        self, directory: Path, *, issuer: str = ISSUER, audience: str = AUDIENCE, clock: Clock | None = None
    ) -> None:
        """Open the issuer in `directory`, with a new key pair (mode 0600) and key set if it has none."""
        self.issuer = issuer
        self.audience = audience
        self._clock = clock or SystemClock()
        self._key = _key_in(directory)
        self._jwk = _public_jwk(self._key)
        self._jwks_path = directory / _JWKS_FILE
        _write_whole(self._jwks_path, orjson.dumps(self.jwks), 0o644)

    @property
    def jwks(self) -> dict[str, Any]:
        """The key set document (RFC 7517), without anything private."""
        return {"keys": [self._jwk]}

    @property
    def jwks_url(self) -> str:
        """A `file:` URL of the key set."""
        return self._jwks_path.resolve().as_uri()

    def mint(
        self,
        subject: str,
        organisation: str,
        roles: Iterable[Role],
        contact: str | None = None,
        name: str | None = None,
        desks: Iterable[str] | None = None,
        ttl: timedelta = timedelta(hours=8),
    ) -> str:
        """A signed token. `desks` narrows a coordinator to these; None leaves all of the organisation's."""
        now = int(self._clock.now().timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "org": organisation,
            "roles": sorted(roles),
            "iat": now,
            "exp": now + int(ttl.total_seconds()),
            "jti": secrets.token_hex(16),
        }
        optional = {"contact": contact, "name": name, "desks": None if desks is None else sorted(desks)}
        claims |= {claim: value for claim, value in optional.items() if value is not None}
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._jwk["kid"]})


def _key_in(directory: Path) -> Ed25519PrivateKey:
    path = directory / _KEY_FILE
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_first(path, pem)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("the issuer's key is no Ed25519 key")
    return key


def _write_first(path: Path, content: bytes) -> None:
    """Two that start at once end with the same key: whoever links first wins, and no one sees half a file."""
    scratch = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    _write_whole(scratch, content, 0o600)
    try:
        os.link(scratch, path)
    except FileExistsError:
        return
    finally:
        scratch.unlink()


def _write_whole(path: Path, content: bytes, mode: int) -> None:
    scratch = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    scratch.replace(path)


def _public_jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    """The public key with its RFC 7638 thumbprint as its id."""
    x = _b64(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    core = {"crv": "Ed25519", "kty": "OKP", "x": x}
    thumbprint = sha256(orjson.dumps(core, option=orjson.OPT_SORT_KEYS)).digest()
    return {**core, "kid": _b64(thumbprint), "use": "sig"}


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
