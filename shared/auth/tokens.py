"""Bearer tokens (JWT, RFC 7519): verified against the issuer's keys, and turned into a principal."""

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import jwt
from jwt.exceptions import InvalidAlgorithmError, InvalidSignatureError, PyJWTError
from jwt.types import Options

from shared.auth.errors import Forbidden, Unauthenticated
from shared.auth.jwks import ALGORITHMS, JwksSource
from shared.auth.principal import CENTRE, Principal, Role

LEEWAY_SECONDS: Final = 30.0
_MAX_CHARACTERS: Final = 16 * 1024
_REQUIRED: Final = ("exp", "iat", "iss", "aud", "sub", "org", "roles")
_ORGANISATION: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,58}[a-z0-9]")
_IDENTIFIER: Final = re.compile(r"[\x21-\x7e]{1,200}")
_TAKEN: Final = sorted(ALGORITHMS.values())
_KNOWN_ROLES: Final = {role.value: role for role in Role}

# PyJWT would check the rest by the machine's clock, which no test can move: it is checked below.
_SIGNATURE_ONLY: Final[Options] = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def bearer(header: str | None) -> str | None:
    """The token of an Authorization header (RFC 6750), or None. Raises Unauthenticated for another scheme."""
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("malformed")
    return token.strip()


class TokenVerifier:
    """Verifies tokens of one issuer for one audience.

    Only EdDSA, ES256 and RS256 are taken, each with a key of its own type: `none` and shared secrets are
    refused. `is_known` may narrow the organisations that exist; without it any well-formed code passes, and one
    that nobody else uses sees and does nothing.
    """

    def __init__(
        self, jwks: JwksSource, issuer: str, audience: str, *, is_known: Callable[[str], bool] | None = None
    ) -> None:
        if not issuer or not audience:
            raise ValueError("a verifier needs an issuer and an audience")
        self._jwks = jwks
        self._issuer = issuer
        self._audience = audience
        self._is_known = is_known or (lambda code: True)

    async def verify(self, token: str | None, now: datetime) -> Principal:
        """The principal of `token` at `now` (aware). Raises Unauthenticated, Forbidden or KeysUnavailable."""
        if not token:
            raise Unauthenticated("missing")
        claims = await self._signed_claims(token)
        if any(claims.get(name) is None for name in _REQUIRED):
            raise Unauthenticated("missing-claim")
        _check_times(claims, now.timestamp())
        self._check_parties(claims)
        return self._principal(claims)

    async def _signed_claims(self, token: str) -> dict[str, Any]:
        if len(token) > _MAX_CHARACTERS:
            raise Unauthenticated("malformed")
        try:
            header = jwt.get_unverified_header(token)
        except (PyJWTError, ValueError, RecursionError):
            raise Unauthenticated("malformed") from None
        if header.get("alg") not in _TAKEN:
            raise Unauthenticated("bad-algorithm")
        kid = header.get("kid")
        key = await self._jwks.key(kid) if isinstance(kid, str) and kid else None
        if key is None:
            raise Unauthenticated("unknown-key")
        try:
            claims: dict[str, Any] = jwt.decode(token, key, _TAKEN, options=_SIGNATURE_ONLY)
        except InvalidAlgorithmError:
            raise Unauthenticated("bad-algorithm") from None
        except InvalidSignatureError:
            raise Unauthenticated("bad-signature") from None
        except (PyJWTError, ValueError, RecursionError):
            raise Unauthenticated("malformed") from None
        return claims

    def _check_parties(self, claims: dict[str, Any]) -> None:
        if claims["iss"] != self._issuer:
            raise Forbidden("wrong-issuer")
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if self._audience not in audiences:
            raise Forbidden("wrong-audience")

    def _principal(self, claims: dict[str, Any]) -> Principal:
        subject, organisation = _identifier(claims, "sub"), claims["org"]
        if not isinstance(organisation, str) or not _ORGANISATION.fullmatch(organisation):
            raise Unauthenticated("no-organisation")
        if not self._is_known(organisation):
            raise Unauthenticated("no-organisation")
        desks = claims.get("desks")
        return Principal(
            subject=subject,
            organisation=organisation,
            roles=_roles(_texts(claims["roles"]), organisation),
            contact=_identifier(claims, "contact") if claims.get("contact") is not None else None,
            name=_text(claims, "name") if claims.get("name") is not None else subject,
            desks=None if desks is None else frozenset(_texts(desks)),
        )


def _check_times(claims: dict[str, Any], now: float) -> None:
    expires, issued = _moment(claims["exp"]), _moment(claims["iat"])
    starts = _moment(claims["nbf"]) if claims.get("nbf") is not None else issued
    if now >= expires + LEEWAY_SECONDS:
        raise Unauthenticated("expired")
    if max(issued, starts) > now + LEEWAY_SECONDS:
        raise Unauthenticated("not-yet-valid")


def _moment(value: Any) -> float:
    """Seconds since the epoch. JSON in Python may say NaN, which compares as never expired."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unauthenticated("malformed")
    return float(value)


def _roles(names: list[str], organisation: str) -> frozenset[Role]:
    """The roles that we know; an unknown one is dropped, and the centre's is the centre's alone."""
    roles = {_KNOWN_ROLES[name] for name in names if name in _KNOWN_ROLES}
    return frozenset(roles if organisation == CENTRE else roles - {Role.CENTRE})


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise Unauthenticated("malformed")
    return value


def _identifier(claims: dict[str, Any], name: str) -> str:
    """Printable ASCII without spaces: what the audit log can hold as an actor."""
    value = _text(claims, name)
    if not _IDENTIFIER.fullmatch(value):
        raise Unauthenticated("malformed")
    return value


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Unauthenticated("malformed")
    return value
