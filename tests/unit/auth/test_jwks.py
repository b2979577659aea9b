"""The issuer's keys: cached, asked again for a key not yet seen, and kept through an outage."""

from pathlib import Path

import httpx
import pytest

from shared.auth import Issuer, JwksSource, KeysUnavailable


class Provider:
    """An issuer's web server that can go away, and counts how often it is asked."""

    def __init__(self, document: object) -> None:
        self.document = document
        self.status = 200
        self.asked = 0
        self.away = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("away", request=request)
        return httpx.Response(self.status, json=self.document)


class Elapsed:
    """A monotonic clock that stands still until it is moved."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path / "issuer")


@pytest.fixture
def provider(issuer: Issuer) -> Provider:
    return Provider(issuer.jwks)


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


@pytest.fixture
def source(provider: Provider, elapsed: Elapsed) -> JwksSource:
    return JwksSource("https://issuer.test/jwks", transport=httpx.MockTransport(provider), elapsed=elapsed)


@pytest.fixture
def kid(issuer: Issuer) -> str:
    return str(issuer.jwks["keys"][0]["kid"])


async def test_is_asked_once_for_a_known_key(source: JwksSource, provider: Provider, kid: str) -> None:
    for _ in range(5):
        assert await source.key(kid) is not None
    assert provider.asked == 1


async def test_unknown_keys_cannot_flood_the_issuer(source: JwksSource, provider: Provider, elapsed: Elapsed) -> None:
    for number in range(50):
        assert await source.key(f"invented-{number}") is None
    assert provider.asked == 1
    elapsed.seconds = 10.0
    assert await source.key("invented") is None
    assert provider.asked == 2


async def test_a_new_key_is_found_within_ten_seconds(
    source: JwksSource, provider: Provider, elapsed: Elapsed, kid: str, tmp_path: Path
) -> None:
    assert await source.key(kid)
    rotated = Issuer(tmp_path / "next").jwks
    provider.document = {"keys": [*rotated["keys"]]}
    elapsed.seconds = 10.0
    assert await source.key(rotated["keys"][0]["kid"])
    assert await source.key(kid) is None


async def test_a_revoked_key_ends_after_five_minutes(
    source: JwksSource, provider: Provider, elapsed: Elapsed, kid: str
) -> None:
    assert await source.key(kid)
    provider.document = {"keys": []}
    elapsed.seconds = 301.0
    assert await source.key(kid) is None


async def test_an_outage_leaves_the_last_set(
    source: JwksSource, provider: Provider, elapsed: Elapsed, kid: str
) -> None:
    assert await source.key(kid)
    provider.away = True
    for minute in range(1, 60):
        elapsed.seconds = minute * 60.0
        assert await source.key(kid)


@pytest.mark.parametrize(("status", "document"), [(503, {"keys": []}), (200, {"error": "x"}), (200, ["keys"])])
async def test_an_error_page_does_not_empty_the_set(
    source: JwksSource, provider: Provider, elapsed: Elapsed, kid: str, status: int, document: object
) -> None:
    assert await source.key(kid)
    provider.status, provider.document = status, document
    elapsed.seconds = 400.0
    assert await source.key(kid)


async def test_never_read_is_our_failure_and_passes(
    source: JwksSource, provider: Provider, elapsed: Elapsed, kid: str
) -> None:
    provider.away = True
    with pytest.raises(KeysUnavailable):
        await source.key(kid)
    provider.away = False
    elapsed.seconds = 1.0
    assert await source.key(kid)


async def test_a_file_is_read(issuer: Issuer, kid: str) -> None:
    assert await JwksSource(issuer.jwks_url).key(kid)


async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable):
        await JwksSource((tmp_path / "none.json").as_uri()).key("any")


@pytest.mark.parametrize("url", ["ftp://issuer.test/jwks", "jwks.json", ""])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https, http or file"):
        JwksSource(url)
