"""The issuer's public keys (RFC 7517): kept through an outage, and fetched again for a key not yet seen."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import httpx
import orjson
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from shared.auth.errors import KeysUnavailable
from shared.kernel.clock import monotonic

log = logging.getLogger(__name__)

ALGORITHMS: Final = {("OKP", "Ed25519"): "EdDSA", ("EC", "P-256"): "ES256", ("RSA", None): "RS256"}
"""Key types and curves that we take, and the one algorithm for which each is used."""

_RETRY_SECONDS: Final = 10.0
_FIRST_RETRY_SECONDS: Final = 1.0
_FRESH_SECONDS: Final = 300.0
_TIMEOUT_SECONDS: Final = 3.0
_MEDIA_TYPES: Final = "application/jwk-set+json, application/json"
_MAX_BYTES: Final = 256 * 1024
_MIN_RSA_BITS: Final = 2048
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class JwksSource:
    """The keys at `url`: https, http (inside a cluster) or file.

    A key id that is not in the set leads to a new fetch, at most every 10 s, so that invented key ids cannot
    be used to flood the issuer. Every 5 minutes the set is fetched anew, so that a revoked key ends; while the
    issuer is away the last set holds.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        self._url = url
        self._transport = transport
        self._elapsed = elapsed
        self._keys: dict[str, PyJWK] | None = None
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()
        if urlsplit(url).scheme not in ("https", "http", "file"):
            raise ValueError("a key set is read from an https, http or file URL")

    async def key(self, kid: str) -> PyJWK | None:
        """The key of that id; None if the issuer has none. Raises KeysUnavailable if no set was ever read."""
        found = (self._keys or {}).get(kid)
        stale = self._elapsed() - self._fetched_at > _FRESH_SECONDS
        if found is None or (stale and not self._lock.locked()):
            await self._refresh()
            found = (self._keys or {}).get(kid)
        if self._keys is None:
            raise KeysUnavailable("the issuer's keys are not to be had")
        return found

    async def _refresh(self) -> None:
        async with self._lock:
            pause = _FIRST_RETRY_SECONDS if self._keys is None else _RETRY_SECONDS
            if self._elapsed() - self._tried_at < pause:
                return
            self._tried_at = self._elapsed()
            try:
                self._keys = _parse(await self._read())
                self._fetched_at = self._elapsed()
            except (httpx.HTTPError, OSError, ValueError) as error:
                log.warning("key set not refreshed", extra={"error": type(error).__name__})

    async def _read(self) -> bytes:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return await asyncio.to_thread(Path(unquote(parts.path)).read_bytes)
        async with httpx.AsyncClient(transport=self._transport, timeout=_TIMEOUT_SECONDS) as client:
            response = await client.get(self._url, headers={"accept": _MEDIA_TYPES})
        response.raise_for_status()
        if len(response.content) > _MAX_BYTES:
            raise ValueError("the key set is too large")
        return response.content


def _parse(raw: bytes) -> dict[str, PyJWK]:
    """The keys that we can use, by id. ValueError for no key set: an error page must not empty the cache."""
    document = orjson.loads(raw)
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ValueError("not a key set")
    found = {}
    for one in keys:
        key = _usable(one) if isinstance(one, dict) else None
        if key is not None:
            found[str(one["kid"])] = key
    return found


def _usable(jwk: dict[str, Any]) -> PyJWK | None:
    """The key, bound to one algorithm so that a token cannot choose another; None for what we do not take."""
    curve = jwk.get("crv") if jwk.get("kty") != "RSA" else None
    algorithm = ALGORITHMS.get((str(jwk.get("kty")), curve if curve is None else str(curve)))
    kid = jwk.get("kid")
    if algorithm is None or jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        return None
    if not isinstance(kid, str) or not kid:
        return None
    try:
        key = PyJWK({name: value for name, value in jwk.items() if name not in _PRIVATE}, algorithm)
    except (PyJWTError, TypeError, ValueError):
        return None
    if algorithm == "RS256" and getattr(key.key, "key_size", 0) < _MIN_RSA_BITS:
        return None
    return key
