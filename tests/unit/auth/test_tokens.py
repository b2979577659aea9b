"""A token becomes a principal only if every claim and the signature hold."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from shared.auth import Forbidden, JwksSource, Principal, Role, TokenVerifier, Unauthenticated, bearer

NOW = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)
ED = Ed25519PrivateKey.generate()
EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK = rsa.generate_private_key(public_exponent=65537, key_size=1024)
SECRET = urlsafe_b64encode(b"s" * 32).decode()

KEYS = [
    OKPAlgorithm.to_jwk(ED.public_key(), as_dict=True) | {"kid": "ed", "use": "sig"},
    ECAlgorithm.to_jwk(EC.public_key(), as_dict=True) | {"kid": "ec"},
    RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True) | {"kid": "rsa", "alg": "RS256"},
    RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True) | {"kid": "pss", "alg": "PS256"},
    RSAAlgorithm.to_jwk(WEAK.public_key(), as_dict=True) | {"kid": "weak"},
    OKPAlgorithm.to_jwk(ED.public_key(), as_dict=True) | {"kid": "enc", "use": "enc"},
    {"kty": "oct", "kid": "oct", "k": SECRET, "alg": "HS256"},
    {"kty": "OKP", "crv": "Ed25519", "kid": "broken", "x": "!"},
    "no key at all",
]


@pytest.fixture
def verifier(tmp_path: Path) -> TokenVerifier:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": KEYS}))
    return TokenVerifier(JwksSource(path.as_uri()), "issuer", "nclcc")


def claims(absent: str = "", **changed: Any) -> dict[str, Any]:
    """Good claims, with some changed and one taken out."""
    good: dict[str, Any] = {
        "iss": "issuer",
        "aud": "nclcc",
        "sub": "p-17",
        "org": "kent",
        "roles": ["coordinator", "reader"],
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
    }
    return {name: value for name, value in (good | changed).items() if name != absent}


def token(kid: str | None = "ed", key: Any = ED, algorithm: str = "EdDSA", **changed: Any) -> str:
    return jwt.encode(claims(**changed), key, algorithm, headers={"kid": kid} if kid else {})


def forged(header: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims()).encode(), signature)
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


class TestGoodTokens:
    @pytest.mark.parametrize(
        ("kid", "key", "algorithm"), [("ed", ED, "EdDSA"), ("ec", EC, "ES256"), ("rsa", RSA, "RS256")]
    )
    async def test_each_algorithm_that_we_take(
        self, verifier: TokenVerifier, kid: str, key: Any, algorithm: str
    ) -> None:
        principal = await verifier.verify(token(kid, key, algorithm), NOW)
        assert principal == Principal("p-17", "kent", frozenset({Role.COORDINATOR, Role.READER}), None, "p-17", None)

    async def test_optional_claims(self, verifier: TokenVerifier) -> None:
        given = token(contact="kent-dsl", name="A. Officer", desks=["children"], aud=["other", "nclcc"])
        principal = await verifier.verify(given, NOW)
        assert (principal.contact, principal.name, principal.desks) == (
            "kent-dsl",
            "A. Officer",
            frozenset({"children"}),
        )

    async def test_unknown_roles_are_dropped(self, verifier: TokenVerifier) -> None:
        principal = await verifier.verify(token(roles=["reader", "emperor", ""]), NOW)
        assert principal.roles == {Role.READER}

    async def test_no_role_at_all_is_a_principal_that_may_do_nothing(self, verifier: TokenVerifier) -> None:
        assert (await verifier.verify(token(roles=[]), NOW)).roles == frozenset()

    @pytest.mark.parametrize(("organisation", "holds"), [("nclcc", True), ("kent", False)])
    async def test_the_centres_role_counts_at_the_centre_only(
        self, verifier: TokenVerifier, organisation: str, holds: bool
    ) -> None:
        principal = await verifier.verify(token(org=organisation, roles=["centre"]), NOW)
        assert principal.has(Role.CENTRE) is holds

    @pytest.mark.parametrize("shift", [-29, 0, 629])
    async def test_within_the_leeway(self, verifier: TokenVerifier, shift: int) -> None:
        assert await verifier.verify(token(), NOW + timedelta(seconds=shift))


REFUSED: list[tuple[str, Callable[[], str | None]]] = [
    ("missing", lambda: None),
    ("missing", lambda: ""),
    ("malformed", lambda: "a.b"),
    ("malformed", lambda: "x" * 20_000),
    ("malformed", lambda: f"{token().rsplit('.', 1)[0]}.é"),
    ("bad-algorithm", lambda: forged({"alg": "none", "kid": "ed"})),
    ("bad-algorithm", lambda: jwt.encode(claims(), "s" * 32, "HS256", headers={"kid": "oct"})),
    ("bad-algorithm", lambda: token("pss", RSA, "PS256")),
    ("bad-algorithm", lambda: token("ed", RSA, "RS256")),
    ("unknown-key", lambda: token(None)),
    ("unknown-key", lambda: token("never-seen")),
    ("unknown-key", lambda: token("pss", RSA, "RS256")),
    ("unknown-key", lambda: token("enc")),
    ("unknown-key", lambda: token("broken")),
    ("bad-signature", lambda: token("ed", Ed25519PrivateKey.generate())),
    ("bad-signature", lambda: token("ec", ec.generate_private_key(ec.SECP256R1()), "ES256")),
    ("bad-signature", lambda: forged({"alg": "EdDSA", "kid": "ed"})),
    ("expired", lambda: token(exp=int(NOW.timestamp()) - 30)),
    ("not-yet-valid", lambda: token(iat=int(NOW.timestamp()) + 31)),
    ("not-yet-valid", lambda: token(nbf=int(NOW.timestamp()) + 31)),
    ("malformed", lambda: token(exp=float("nan"))),
    ("malformed", lambda: token(exp="tomorrow")),
    ("malformed", lambda: token(exp=True)),
    ("malformed", lambda: token(sub="two words")),
    ("malformed", lambda: token(sub=" ")),
    ("malformed", lambda: token(roles="centre")),
    ("malformed", lambda: token(roles=[{"name": "centre"}])),
    ("malformed", lambda: token(desks="children")),
    ("malformed", lambda: token(contact=7)),
    ("no-organisation", lambda: token(org="")),
    ("no-organisation", lambda: token(org="Kent")),
    ("no-organisation", lambda: token(org=["kent", "nclcc"])),
    ("no-organisation", lambda: token(org="kent\n")),
    *[("missing-claim", lambda name=name: token(absent=name)) for name in claims()],
]


class TestRefusedTokens:
    @pytest.mark.parametrize(("reason", "make"), REFUSED)
    async def test_unauthenticated(self, verifier: TokenVerifier, reason: str, make: Callable[[], str | None]) -> None:
        with pytest.raises(Unauthenticated) as caught:
            await verifier.verify(make(), NOW)
        assert caught.value.reason_code == reason

    @pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
    async def test_a_weak_key_is_no_key(self, verifier: TokenVerifier) -> None:
        with pytest.raises(Unauthenticated, match="unknown-key"):
            await verifier.verify(token("weak", WEAK, "RS256"), NOW)

    @pytest.mark.parametrize(
        ("reason", "changed"),
        [
            ("wrong-issuer", {"iss": "somebody-else"}),
            ("wrong-audience", {"aud": "another-service"}),
            ("wrong-audience", {"aud": []}),
            ("wrong-audience", {"aud": [{"nclcc": 1}]}),
        ],
    )
    async def test_forbidden(self, verifier: TokenVerifier, reason: str, changed: dict[str, Any]) -> None:
        with pytest.raises(Forbidden) as caught:
            await verifier.verify(token(**changed), NOW)
        assert caught.value.reason_code == reason

    async def test_an_organisation_that_nobody_knows_is_nobody(self, tmp_path: Path) -> None:
        path = tmp_path / "jwks.json"
        path.write_text(json.dumps({"keys": KEYS}))
        verifier = TokenVerifier(JwksSource(path.as_uri()), "issuer", "nclcc", is_known={"essex"}.__contains__)
        with pytest.raises(Unauthenticated, match="no-organisation"):
            await verifier.verify(token(), NOW)

    async def test_nothing_of_the_token_is_in_the_error(self, verifier: TokenVerifier) -> None:
        with pytest.raises(Unauthenticated) as caught:
            await verifier.verify(token(name="CANARY", sub="two CANARY"), NOW)
        assert "CANARY" not in repr(caught.value)


@pytest.mark.parametrize(
    ("header", "expected"), [(None, None), ("", None), ("Bearer abc", "abc"), ("bearer  abc ", "abc")]
)
def test_bearer_header(header: str | None, expected: str | None) -> None:
    assert bearer(header) == expected


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer ", "abc"])
def test_another_scheme_is_refused(header: str) -> None:
    with pytest.raises(Unauthenticated, match="malformed"):
        bearer(header)


@pytest.mark.parametrize("given", [("", "nclcc"), ("issuer", "")])
def test_a_verifier_without_issuer_or_audience_cannot_be_made(given: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="issuer and an audience"):
        TokenVerifier(JwksSource("file:///nowhere"), *given)
