"""What every service's HTTP side does: who is refused and how, problems without values, health, dead letters."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from fastapi import APIRouter
from pydantic import BaseModel, SecretStr

from shared.audit.keys import new_key_pem
from shared.auth import Issuer, Role
from shared.bus.dead_letters import set_aside
from shared.bus.record import Record
from shared.bus.relay import key_of
from shared.kernel.clock import ManualClock
from shared.runtime import Context, Parts, Service, Settings
from shared.runtime.http import Caller, require
from tests.conftest import Broker, MakeDatabase

NOW = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)


class Body(BaseModel):
    """What the test route takes."""

    number: int


def build(context: Context) -> Parts:
    routes = APIRouter()

    @routes.post("/v1/things")
    async def things(caller: Caller, body: Body) -> dict[str, Any]:
        require(caller, Role.COORDINATOR)
        return {"organisation": caller.organisation, "number": body.number}

    @routes.get("/v1/broken")
    async def broken(caller: Caller) -> None:
        raise ValueError("a secret in an error's text")

    return Parts(routers=[routes])


class Api:
    """A service in this process, reached as a client reaches it."""

    def __init__(self, service: Service, issuer: Issuer, clock: ManualClock) -> None:
        self.service = service
        self.issuer = issuer
        self.clock = clock

    def token(self, *roles: Role, organisation: str = "kent", ttl: timedelta = timedelta(hours=1)) -> str:
        return self.issuer.mint("kent-1", organisation, list(roles), ttl=ttl)

    async def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app=self.service.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers) as client:
            return await client.request(method, path, **more)

    async def rows(self, sql: str) -> list[Any]:
        async with self.service.context.open_work() as work:
            return list(await work.fetch(sql))


@pytest.fixture
async def api(broker: Broker, make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Api]:
    clock = ManualClock(NOW)
    issuer = Issuer(tmp_path / "issuer", clock=clock)
    (tmp_path / "audit.pem").write_bytes(new_key_pem())
    settings = Settings(
        database_url=SecretStr(await make_database("intel")),
        kafka_bootstrap=broker.bootstrap,
        id_key=SecretStr("an id key for tests, of at least 32 characters"),
        jwks_url=issuer.jwks_url,
        issuer=issuer.issuer,
        audience=issuer.audience,
        audit_key_file=str(tmp_path / "audit.pem"),
    )
    service = Service("intel", settings, build, clock)
    yield Api(service, issuer, clock)
    await service.context.close()


class TestWhoIsRefused:
    async def test_without_a_token(self, api: Api) -> None:
        answer = await api.ask("POST", "/v1/things", json={"number": 1})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:nclcc:problem:not-authenticated"

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            (lambda api: api.token(Role.COORDINATOR, ttl=timedelta(seconds=-60)), 401),
            (lambda api: api.token(Role.COORDINATOR)[:-4] + "AAAA", 401),
            (lambda api: "no-token", 401),
            (lambda api: foreign(api, aud="another"), 403),
            (lambda api: foreign(api, iss="https://elsewhere.example"), 403),
            (lambda api: api.token(Role.READER), 403),
        ],
        ids=["expired", "bad signature", "malformed", "wrong audience", "wrong issuer", "wrong role"],
    )
    async def test_with_the_wrong_one(self, api: Api, change: Callable[[Api], str], status: int) -> None:
        answer = await api.ask("POST", "/v1/things", change(api), json={"number": 1})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"

    async def test_is_audited_without_the_token(self, api: Api) -> None:
        await api.ask("POST", "/v1/things", "no-token", json={"number": 1})
        [row] = await api.rows("SELECT * FROM audit_log")
        assert (row.action, row.actor, row.record_id) == ("refusal", "nobody", "/v1/things")
        assert "no-token" not in str(row)


def foreign(api: Api, **claims: str) -> str:
    """A token signed by the right key for another audience or by another issuer."""
    good = jwt.decode(api.token(Role.COORDINATOR), options={"verify_signature": False})
    pem = next(Path(api.issuer.jwks_url.removeprefix("file:")).parent.glob("*.pem")).read_bytes()
    header = jwt.get_unverified_header(api.token(Role.COORDINATOR))
    return jwt.encode(good | claims, pem, algorithm="EdDSA", headers={"kid": header["kid"]})


class TestProblems:
    async def test_name_field_and_rule_and_never_the_value(self, api: Api) -> None:
        answer = await api.ask("POST", "/v1/things", api.token(Role.COORDINATOR), json={"number": "SECRET"})
        assert answer.status_code == 422
        assert [(one["field"], one["rule"]) for one in answer.json()["errors"]] == [("body.number", "int_parsing")]
        assert "SECRET" not in answer.text

    async def test_an_unforeseen_error_says_nothing_of_itself(self, api: Api) -> None:
        answer = await api.ask("GET", "/v1/broken", api.token(Role.READER))
        assert (answer.status_code, answer.json()["type"]) == (500, "urn:nclcc:problem:internal")
        assert "secret" not in answer.text

    async def test_unknown_paths_and_methods_are_problems_too(self, api: Api) -> None:
        for method, path, status in (("GET", "/v1/nothing", 404), ("DELETE", "/v1/things", 405)):
            answer = await api.ask(method, path)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


class TestOperations:
    async def test_alive_but_not_ready_while_the_relays_have_not_begun(self, api: Api) -> None:
        assert (await api.ask("GET", "/healthz")).status_code == 200
        answer = await api.ask("GET", "/readyz")
        assert answer.status_code == 503
        assert "relays" in answer.json()["waiting_for"]
        assert "nclcc_ready 0.0" in (await api.ask("GET", "/metrics")).text

    @pytest.mark.parametrize(
        ("key", "headers"),
        [(b"\0\x01", ()), (b"\xff", ()), (b"k", (("h\0", b"x"),)), (b"k", (("h", None),)), (None, ())],
        ids=["U+0000", "no UTF-8", "header named U+0000", "header without a value", "no key"],
    )
    async def test_whatever_key_and_headers_a_dead_letter_has_it_is_kept(
        self, api: Api, key: bytes | None, headers: Any
    ) -> None:
        record = Record("some.topic.v1", 0, 7, key, b"v", headers, NOW)
        async with api.service.context.open_work() as work:
            await set_aside(work, "intel.submissions", record, "Poison", 1)
            await work.commit()
        [row] = await api.rows("SELECT aggregateid, headers FROM outbox WHERE aggregatetype LIKE '%.dlt'")
        assert key_of(row.aggregateid, row.headers) == (key or b"")

    async def test_dead_letters_are_an_operators(self, api: Api) -> None:
        record = Record("some.topic.v1", 0, 7, b"k", b"what it holds", (), NOW)
        async with api.service.context.open_work() as work:
            await set_aside(work, "intel.submissions", record, "Poison", 1)
            await work.commit()
        assert (await api.ask("GET", "/v1/dead-letters", api.token(Role.READER))).status_code == 403
        listed = await api.ask("GET", "/v1/dead-letters", api.token(Role.OPERATOR))
        assert [(one["topic"], one["offset"], one["bytes"]) for one in listed.json()] == [("some.topic.v1", 7, 13)]
        assert "what it holds" not in listed.text
        asked = await api.ask(
            "POST",
            "/v1/dead-letters/replay",
            api.token(Role.OPERATOR),
            json={"consumer": "intel.submissions"},
        )
        assert (asked.status_code, asked.json()) == (202, {"requested": 1})
