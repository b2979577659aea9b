"""The routes: submit by HTTP, read one's own, and be told nothing of what is another's."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.intel.app import build
from services.intel.settings import IntelSettings
from shared.audit.keys import new_key_pem
from shared.auth import Issuer, Role
from shared.contracts.registry import LINE_DECLARED, REPORT_SUBMITTED
from shared.db import Transaction
from shared.kernel.clock import ManualClock
from shared.runtime import Service
from tests.conftest import MakeDatabase
from tests.integration.intel.conftest import ID_KEY, submission
from tests.unit.intel.samples import LINE, line_data, report_data

Token = Callable[..., dict[str, str]]


@pytest.fixture
def issuer(tmp_path: Path, clock: ManualClock) -> Issuer:
    return Issuer(tmp_path / "issuer", clock=clock)


@pytest.fixture
async def service(
    make_database: MakeDatabase, issuer: Issuer, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[Service]:
    key = tmp_path / "audit.pem"
    key.write_bytes(new_key_pem())
    settings = IntelSettings.model_validate(
        {
            "database_url": await make_database("intel"),
            "kafka_bootstrap": "127.0.0.1:1",
            "id_key": ID_KEY.decode(),
            "jwks_url": issuer.jwks_url,
            "issuer": issuer.issuer,
            "audience": issuer.audience,
            "audit_key_file": str(key),
        }
    )
    service = Service("intel", settings, build, clock)
    yield service
    await service.context.close()


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://intel") as client:
        yield client


@pytest.fixture
def token(issuer: Issuer) -> Token:
    def make(organisation: str = "metropolitan", *roles: Role) -> dict[str, str]:
        granted = roles or (Role.PUBLISHER, Role.READER)
        return {"authorization": f"Bearer {issuer.mint(f'someone-at-{organisation}', organisation, granted)}"}

    return make


async def audit_of(service: Service) -> list[tuple[Any, ...]]:
    async with Transaction(service.context.engine) as transaction:
        rows = await transaction.fetch("SELECT action, record_kind, actor, way FROM audit_log ORDER BY id")
    return [tuple(row) for row in rows]


class TestSubmit:
    async def test_a_report(self, client: httpx.AsyncClient, token: Token, service: Service) -> None:
        answer = await client.post("/v1/reports", content=submission(REPORT_SUBMITTED, report_data()), headers=token())
        assert answer.status_code == 202
        receipt = answer.json()
        assert (receipt["verdict"], receipt["event_id"]) == ("accepted", "e-1")
        assert await audit_of(service) == [
            ("collection", "intelligence_report", "someone-at-metropolitan", "api"),
        ]

    async def test_a_line(self, client: httpx.AsyncClient, token: Token) -> None:
        answer = await client.post("/v1/lines", content=submission(LINE_DECLARED, line_data()), headers=token())
        assert (answer.status_code, answer.json()["subject"]) == (202, LINE)

    async def test_the_same_again(self, client: httpx.AsyncClient, token: Token) -> None:
        body = submission(LINE_DECLARED, line_data())
        first, second = [await client.post("/v1/lines", content=body, headers=token()) for _ in range(2)]
        assert second.json() == first.json() | {"repeat": True}

    async def test_a_wrong_field_is_named(self, client: httpx.AsyncClient, token: Token) -> None:
        body = submission(REPORT_SUBMITTED, report_data(confidence="canary"))
        answer = await client.post("/v1/reports", content=body, headers=token())
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert [error["field"] for error in answer.json()["errors"]] == ["data.confidence"]
        assert "canary" not in answer.text

    async def test_secret(self, client: httpx.AsyncClient, token: Token) -> None:
        body = submission(REPORT_SUBMITTED, report_data(marking="TOP SECRET"))
        answer = await client.post("/v1/reports", content=body, headers=token())
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["field"], error["rule"]) == (422, "data.marking", "marking_refused")
        assert error["message"] == "SECRET and above is refused here; nothing of it was stored"

    async def test_each_route_takes_its_own_type(self, client: httpx.AsyncClient, token: Token) -> None:
        answer = await client.post("/v1/lines", content=submission(REPORT_SUBMITTED, report_data()), headers=token())
        assert [error["field"] for error in answer.json()["errors"]] == ["type"]

    async def test_for_another_organisation(self, client: httpx.AsyncClient, token: Token) -> None:
        body = submission(LINE_DECLARED, line_data(), organisation="kent")
        answer = await client.post("/v1/lines", content=body, headers=token())
        assert [error["field"] for error in answer.json()["errors"]] == ["source"]

    async def test_a_reader_may_not(self, client: httpx.AsyncClient, token: Token) -> None:
        headers = token("metropolitan", Role.READER)
        answer = await client.post("/v1/lines", content=submission(LINE_DECLARED, line_data()), headers=headers)
        assert answer.status_code == 403

    async def test_a_stranger_may_not(self, client: httpx.AsyncClient, service: Service) -> None:
        answer = await client.post("/v1/lines", content=b"{}", headers={"authorization": "Bearer x.y.z"})
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert [row[0] for row in await audit_of(service)] == ["refusal"]


class TestRead:
    async def test_ones_own_report(self, client: httpx.AsyncClient, token: Token, service: Service) -> None:
        body = submission(REPORT_SUBMITTED, report_data())
        report = (await client.post("/v1/reports", content=body, headers=token())).json()["subject"]
        answer = await client.get(f"/v1/reports/{report}", headers=token())
        assert answer.json()["content"]["items"][0]["grade"]["source"] == "1"
        assert (await audit_of(service))[-1] == (
            "consultation",
            "intelligence_report",
            "someone-at-metropolitan",
            "api",
        )

    @pytest.mark.parametrize(
        ("organisation", "roles"), [("kent", ()), ("nclcc", (Role.CENTRE, Role.READER)), ("la-kent", (Role.READER,))]
    )
    async def test_anothers_looks_like_none(
        self, client: httpx.AsyncClient, token: Token, organisation: str, roles: tuple[Role, ...]
    ) -> None:
        body = submission(REPORT_SUBMITTED, report_data())
        report = (await client.post("/v1/reports", content=body, headers=token())).json()["subject"]
        theirs = await client.get(f"/v1/reports/{report}", headers=token(organisation, *roles))
        none = await client.get(f"/v1/reports/{LINE}", headers=token(organisation, *roles))
        assert (theirs.status_code, theirs.content) == (404, none.content)

    async def test_ones_own_line(self, client: httpx.AsyncClient, token: Token) -> None:
        await client.post("/v1/lines", content=submission(LINE_DECLARED, line_data()), headers=token())
        shown = (await client.get(f"/v1/lines/{LINE}", headers=token())).json()
        assert (shown["owner"], shown["name"], shown["revision"]) == ("metropolitan", "an invented name", 1)

    async def test_the_centre_sees_where_a_line_runs_and_not_its_name(
        self, client: httpx.AsyncClient, token: Token
    ) -> None:
        await client.post("/v1/lines", content=submission(LINE_DECLARED, line_data()), headers=token())
        shown = (await client.get(f"/v1/lines/{LINE}", headers=token("nclcc", Role.CENTRE))).json()
        assert len(shown["areas"]) == 2
        assert "name" not in shown

    async def test_anothers_line_looks_like_none(self, client: httpx.AsyncClient, token: Token) -> None:
        await client.post("/v1/lines", content=submission(LINE_DECLARED, line_data()), headers=token())
        assert (await client.get(f"/v1/lines/{LINE}", headers=token("kent"))).status_code == 404
