"""The embedded stack's issuer mints what the verifier takes, and keeps its key to itself."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.auth import Issuer, JwksSource, Role, TokenVerifier, Unauthenticated
from shared.kernel.clock import ManualClock

NOW = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)


def verifier_for(issuer: Issuer) -> TokenVerifier:
    return TokenVerifier(JwksSource(issuer.jwks_url), issuer.issuer, issuer.audience)


async def test_what_it_mints_is_taken(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path / "issuer", clock=ManualClock(NOW))
    token = issuer.mint("p-1", "kent", [Role.COORDINATOR], "kent-dsl", "A. Officer", ["safeguarding"])
    principal = await verifier_for(issuer).verify(token, NOW)
    assert (principal.subject, principal.organisation, principal.contact) == ("p-1", "kent", "kent-dsl")
    assert principal.roles == {Role.COORDINATOR}
    assert principal.desks == frozenset({"safeguarding"})


async def test_it_ends_with_its_time(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path / "issuer", clock=ManualClock(NOW))
    token = issuer.mint("p-1", "kent", [], ttl=timedelta(minutes=5))
    with pytest.raises(Unauthenticated, match="expired"):
        await verifier_for(issuer).verify(token, NOW + timedelta(minutes=5, seconds=30))


def test_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    Issuer(tmp_path / "issuer")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "issuer").iterdir()}
    assert modes == {"issuer.pem": 0o600, "jwks.json": 0o644}


def test_the_key_set_holds_nothing_private(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path / "issuer")
    document = json.loads((tmp_path / "issuer" / "jwks.json").read_text())
    assert document == issuer.jwks
    assert set(document["keys"][0]) == {"kty", "crv", "x", "kid", "use"}


def test_opened_again_it_has_the_same_key(tmp_path: Path) -> None:
    assert Issuer(tmp_path / "issuer").jwks == Issuer(tmp_path / "issuer").jwks


def test_started_many_times_at_once_it_has_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: json.dumps(Issuer(tmp_path / "issuer").jwks), range(8)))
    assert len(set(found)) == 1
