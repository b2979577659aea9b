"""The routes: submit by HTTP as by Kafka, read what one may see, and be told nothing of the rest."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.tasking.app import build
from services.tasking.settings import TaskingSettings
from shared.audit.keys import new_key_pem
from shared.auth import Issuer, Role
from shared.contracts.registry import CONTACT_CHANGED
from shared.kernel.clock import ManualClock
from shared.runtime import Service
from tests.conftest import MakeDatabase
from tests.integration.tasking.conftest import Tasking
from tests.integration.tasking.samples import KEY, details, our_id, sealed, submission

Token = Callable[..., dict[str, str]]
PATH = "/v1/pursue-actions"


@pytest.fixture
def issuer(tmp_path: Path, clock: ManualClock) -> Issuer:
    return Issuer(tmp_path / "issuer", clock=clock)


@pytest.fixture
async def service(
    make_database: MakeDatabase, issuer: Issuer, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[Service]:
    key = tmp_path / "audit.pem"
    key.write_bytes(new_key_pem())
    settings = TaskingSettings.model_validate(
        {
            "database_url": await make_database("tasking"),
            "kafka_bootstrap": "127.0.0.1:1",
            "id_key": KEY.decode(),
            "jwks_url": issuer.jwks_url,
            "issuer": issuer.issuer,
            "audience": issuer.audience,
            "audit_key_file": str(key),
        }
    )
    service = Service("tasking", settings, build, clock)
    yield service
    await service.context.close()


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://tasking") as client:
        yield client


@pytest.fixture
async def tasking(service: Service, clock: ManualClock) -> Tasking:
    """The same database by way of the lanes, with the contacts that the samples name."""
    tasking = Tasking(service.context.engine, clock)
    named = [("north-wales", "nw-1"), ("cumbria", "cu-1"), ("merseyside", "ms-1"), ("nclcc", "desk-1")]
    common = {"desk": "safeguarding", "named": True, "version": 1}
    entries = [{"organisation": code, "contact": contact, **common} for code, contact in named]
    await tasking.know(CONTACT_CHANGED, *entries)
    return tasking


@pytest.fixture
def token(issuer: Issuer) -> Token:
    def make(organisation: str = "merseyside", *roles: Role, **claims: Any) -> dict[str, str]:
        granted = roles or (Role.PUBLISHER, Role.READER)
        return {"authorization": f"Bearer {issuer.mint(f'someone-at-{organisation}', organisation, granted, **claims)}"}

    return make


class TestSubmit:
    async def test_it_is_taken_as_from_kafka(self, client: httpx.AsyncClient, token: Token, tasking: Tasking) -> None:
        answer = await client.post(PATH, content=submission("executed", 1), headers=token())
        assert answer.status_code == 202
        assert (answer.json()["verdict"], answer.json()["subject"]) == ("accepted", our_id("one"))
        assert len(await tasking.changes()) == 1
        (row,) = await tasking.rows("SELECT by FROM history")
        assert row["by"] == "someone-at-merseyside"

    async def test_waiting_and_following(self, client: httpx.AsyncClient, token: Token, tasking: Tasking) -> None:
        answers = [
            await client.post(PATH, content=submission(verb, revision), headers=token())
            for verb, revision in (("amended", 2), ("proposed", 1), ("amended", 2))
        ]
        assert [one.json()["verdict"] for one in answers] == ["waiting", "accepted", "accepted"]
        assert [one.json()["event_id"] for one in answers] == ["one-2", "one-1", "one-2"]
        assert answers[2].json()["repeat"] is True

    @pytest.mark.parametrize(
        ("raw", "field"),
        [
            (b"no json", "(message)"),
            (submission("closed", 1), "type"),
            (submission("executed", 1, {"urgency": "secret-value"}), "data.action.urgency"),
            (submission("executed", 1, organisation="kent"), "source"),
        ],
    )
    async def test_a_rejected_one_is_a_problem_without_values(
        self, client: httpx.AsyncClient, token: Token, raw: bytes, field: str
    ) -> None:
        answer = await client.post(PATH, content=raw, headers=token())
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert field in [error["field"] for error in answer.json()["errors"]]
        assert answer.json()["receipt"]["verdict"] == "rejected"
        assert "secret-value" not in answer.text

    async def test_only_a_publisher_submits(self, client: httpx.AsyncClient, token: Token, tasking: Tasking) -> None:
        answer = await client.post(PATH, content=submission("executed", 1), headers=token("merseyside", Role.READER))
        assert answer.status_code == 403
        assert (await client.post(PATH, content=submission("executed", 1))).status_code == 401
        assert await tasking.receipts() == []

    async def test_the_topic_and_the_route_know_the_same_ids(
        self, client: httpx.AsyncClient, token: Token, tasking: Tasking
    ) -> None:
        await tasking.take(submission("executed", 1))
        answer = await client.post(PATH, content=submission("executed", 1), headers=token())
        assert (answer.status_code, answer.json()["repeat"]) == (202, True)


class TestRead:
    async def test_its_own_force_sees_all_and_its_history(
        self, client: httpx.AsyncClient, token: Token, tasking: Tasking
    ) -> None:
        await tasking.take(submission("proposed", 1), submission("executed", 2, details(operation_name="Otter")))
        answer = await client.get(f"{PATH}/{our_id('one')}", headers=token())
        assert answer.json()["details"]["operation_name"] == "Otter"
        assert [one["verb"] for one in answer.json()["history"]] == ["proposed", "executed"]

    async def test_the_centre_sees_where_and_how_urgent_and_no_more(
        self, client: httpx.AsyncClient, token: Token, tasking: Tasking
    ) -> None:
        await tasking.take(submission("executed", 1, details(operation_name="Otter")))
        shown = (await client.get(f"{PATH}/{our_id('one')}", headers=token("nclcc", Role.CENTRE))).json()
        assert (shown["urgency"], shown["districts"]) == ("routine", ["W06000002"])
        assert not {"details", "history", "action_id", "planned_for"} & shown.keys()

    async def test_unknown_and_forbidden_look_the_same(
        self, client: httpx.AsyncClient, token: Token, tasking: Tasking
    ) -> None:
        await tasking.take(submission("executed", 1))
        forbidden = await client.get(f"{PATH}/{our_id('one')}", headers=token("kent"))
        unknown = await client.get(f"{PATH}/{our_id('none')}", headers=token("kent"))
        assert forbidden.status_code == unknown.status_code == 404
        assert forbidden.content == unknown.content

    async def test_what_was_read_is_logged_and_what_was_refused_is_not(
        self, client: httpx.AsyncClient, token: Token, tasking: Tasking
    ) -> None:
        await tasking.take(submission("executed", 1))
        for organisation in ("merseyside", "kent"):
            await client.get(f"{PATH}/{our_id('one')}", headers=token(organisation))
        rows = await tasking.rows("SELECT actor, record_id FROM audit_log WHERE action = 'consultation'")
        assert rows == [{"actor": "someone-at-merseyside", "record_id": our_id("one")}]


class TestSealed:
    async def seen_by(self, client: httpx.AsyncClient, headers: dict[str, str]) -> tuple[int, int]:
        """The status of the record, and how many records the list shows."""
        one = await client.get(f"{PATH}/{our_id('one')}", headers=headers)
        return one.status_code, len((await client.get(PATH, headers=headers)).json()["items"])

    @pytest.mark.parametrize(
        ("organisation", "roles", "claims", "sees"),
        [
            ("north-wales", (Role.COORDINATOR,), {"contact": "nw-1"}, True),
            ("merseyside", (Role.READER,), {"contact": "ms-1"}, True),
            ("nclcc", (Role.CENTRE,), {"contact": "desk-1", "desks": ["sealed"]}, True),
            ("merseyside", (Role.PUBLISHER, Role.READER), {}, False),
            ("north-wales", (Role.COORDINATOR,), {}, False),
            ("north-wales", (Role.COORDINATOR,), {"contact": "cu-1"}, False),
            ("kent", (Role.COORDINATOR,), {"contact": "nw-1"}, False),
            ("nclcc", (Role.CENTRE, Role.NATIONAL_READER), {"contact": "desk-1"}, False),
        ],
    )
    async def test_only_who_is_named_sees_it(
        self,
        client: httpx.AsyncClient,
        token: Token,
        tasking: Tasking,
        organisation: str,
        roles: tuple[Role, ...],
        claims: dict[str, Any],
        sees: bool,
    ) -> None:
        await tasking.take(submission("proposed", 1, sealed()))
        expected = (200, 1) if sees else (404, 0)
        assert await self.seen_by(client, token(organisation, *roles, **claims)) == expected

    async def test_not_once_the_contact_is_no_longer_valid(
        self, client: httpx.AsyncClient, token: Token, tasking: Tasking
    ) -> None:
        await tasking.take(submission("proposed", 1, sealed()))
        gone = {"organisation": "north-wales", "contact": "nw-1", "desk": "d", "named": False, "version": 2}
        await tasking.know(CONTACT_CHANGED, gone)
        assert await self.seen_by(client, token("north-wales", Role.COORDINATOR, contact="nw-1")) == (404, 0)

    async def test_a_named_contact_sees_a_pre_brief_without_content(
        self, client: httpx.AsyncClient, token: Token, tasking: Tasking
    ) -> None:
        await tasking.take(submission("proposed", 1, sealed(planned_for="2026-11-27T05:00:00Z", summary="who")))
        headers = token("north-wales", Role.COORDINATOR, contact="nw-1")
        shown = (await client.get(f"{PATH}/{our_id('one')}", headers=headers)).json()
        assert shown["planned_for"] == "2026-11-27T05:00:00Z"
        assert not {"details", "history"} & shown.keys()


class TestList:
    async def test_pages_newest_first(self, client: httpx.AsyncClient, token: Token, tasking: Tasking) -> None:
        await tasking.take(*[submission("executed", 1, name=f"{n}") for n in range(5)])
        await tasking.take(submission("executed", 1, organisation="kent"), organisation="kent")
        seen, before = [], None
        while True:
            query = {"limit": 2} | ({"before": before} if before else {})
            page = (await client.get(PATH, params=query, headers=token())).json()
            seen += [one["pursue_action"] for one in page["items"]]
            if (before := page["next"]) is None:
                break
        assert sorted(seen) == sorted(our_id(f"{n}") for n in range(5))

    async def test_by_status(self, client: httpx.AsyncClient, token: Token, tasking: Tasking) -> None:
        await tasking.take(submission("executed", 1, name="a"), submission("proposed", 1, name="b"))
        answer = await client.get(PATH, params={"status": "proposed"}, headers=token())
        assert [one["pursue_action"] for one in answer.json()["items"]] == [our_id("b")]

    @pytest.mark.parametrize("query", [{"before": "x"}, {"limit": 0}, {"status": "odd"}])
    async def test_an_odd_question_is_a_problem(
        self, client: httpx.AsyncClient, token: Token, query: dict[str, Any]
    ) -> None:
        assert (await client.get(PATH, params=query, headers=token())).status_code == 422
