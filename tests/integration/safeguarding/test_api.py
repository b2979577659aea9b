"""The routes: each caller sees what is theirs, answers what is theirs, and every reading is logged."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.auth import Issuer, Role
from shared.runtime import Service
from tests.integration.safeguarding.conftest import Safeguarding
from tests.integration.safeguarding.samples import CHILD, PRE_BRIEF, action, force_id, our_id

Token = Callable[..., dict[str, str]]


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://safeguarding") as client:
        yield client


@pytest.fixture
def token(issuer: Issuer) -> Token:
    def mint(organisation: str, *roles: Role, **claims: Any) -> dict[str, str]:
        given = roles or (Role.READER, Role.COORDINATOR)
        return {"authorization": f"Bearer {issuer.mint(f'{organisation}-1', organisation, given, **claims)}"}

    return mint


async def get(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> Any:
    response = await client.get(path, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


class TestOpen:
    async def test_the_recipient_reads_its_minimum(
        self, safeguarding: Safeguarding, client: httpx.AsyncClient, token: Token
    ) -> None:
        await safeguarding.acted(action())
        mine = (await get(client, "/v1/tasks", token("la-camden")))["tasks"]
        assert [task["rule"] for task in mine] == ["home-authority-england"]
        assert mine[0]["minimum"]["people"][0]["identity"]["name"] == CHILD["identity"]["name"]
        assert "pursue_action" not in mine[0]
        one = await get(client, f"/v1/tasks/{mine[0]['task']}", token("la-camden"))
        assert one == mine[0]

    async def test_a_stranger_sees_nothing_and_it_looks_like_nothing(
        self, safeguarding: Safeguarding, client: httpx.AsyncClient, token: Token
    ) -> None:
        await safeguarding.acted(action())
        task = (await safeguarding.task("home-authority-england"))["task"]
        hidden = await client.get(f"/v1/tasks/{task}", headers=token("la-leeds"))
        unknown = await client.get(f"/v1/tasks/{UUID(int=5)}", headers=token("la-leeds"))
        assert (hidden.status_code, hidden.json()) == (unknown.status_code, unknown.json())
        assert hidden.status_code == 404
        assert (await get(client, "/v1/tasks/counts", token("la-leeds")))["total"] == 0
        assert (
            await client.get(f"/v1/protection?pursue_action={our_id()}", headers=token("la-leeds"))
        ).status_code == 404

    async def test_the_acting_force_sees_what_became_of_it_by_either_id(
        self, safeguarding: Safeguarding, client: httpx.AsyncClient, token: Token
    ) -> None:
        await safeguarding.acted(action())
        ours = await get(client, f"/v1/protection?pursue_action={our_id()}", token("metropolitan"))
        theirs = await get(client, f"/v1/protection?pursue_action={force_id()}", token("metropolitan"))
        assert ours == theirs
        assert len(ours["tasks"]) == 7
        assert not any("minimum" in task for task in ours["tasks"])

    async def test_pages_follow_each_other(
        self, safeguarding: Safeguarding, client: httpx.AsyncClient, token: Token
    ) -> None:
        await safeguarding.acted(*(action(number) for number in range(1, 6)))
        seen: list[str] = []
        after = ""
        while True:
            page = await get(client, f"/v1/tasks?limit=2{after}", token("la-camden"))
            seen += [task["task"] for task in page["tasks"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert len(seen) == len(set(seen)) == 5

    async def test_every_reading_is_logged(
        self, safeguarding: Safeguarding, client: httpx.AsyncClient, token: Token
    ) -> None:
        await safeguarding.acted(action())
        await get(client, "/v1/tasks", token("la-camden"))
        rows = await safeguarding.rows("SELECT organisation, actor FROM audit_log WHERE action = 'consultation'")
        assert rows == [{"organisation": "la-camden", "actor": "la-camden-1"}]


class TestSealed:
    async def test_only_the_named_know_and_read_its_content(
        self, safeguarding: Safeguarding, client: httpx.AsyncClient, token: Token
    ) -> None:
        await safeguarding.acted(action(status="authorised", sealed=True, **PRE_BRIEF))
        await safeguarding.contact("kent", "kent-dsl")
        await safeguarding.contact("kent", "kent-other")
        [task] = (await get(client, "/v1/tasks", token("kent", contact="kent-dsl")))["tasks"]
        assert task["minimum"]["people"][0]["identity"]["name"] == CHILD["identity"]["name"]
        others = [
            token("kent"),
            token("kent", contact="kent-other"),
            token("metropolitan"),
            token("la-kent"),
            token("nclcc", Role.CENTRE),
            token("nclcc", Role.NATIONAL_READER),
        ]
        for headers in others:
            assert (await get(client, "/v1/tasks", headers))["tasks"] == []
            assert (await get(client, "/v1/tasks/counts", headers))["total"] == 0
            assert (await client.get(f"/v1/tasks/{task['task']}", headers=headers)).status_code == 404
            path = f"/v1/protection?pursue_action={our_id()}"
            assert (await client.get(path, headers=headers)).status_code == 404

    @pytest.mark.parametrize(
        "changes", [{"named": False}, {"valid_until": "2026-11-20T18:03:00Z"}], ids=["named no longer", "run out"]
    )
    async def test_a_contact_that_no_longer_counts_neither_reads_nor_answers(
        self, safeguarding: Safeguarding, client: httpx.AsyncClient, token: Token, changes: dict[str, Any]
    ) -> None:
        await safeguarding.acted(action(status="authorised", sealed=True, **PRE_BRIEF))
        await safeguarding.contact("kent", "kent-dsl", version=2, **changes)
        await safeguarding.contact("kent", "kent-dsl", version=1)
        task = (await safeguarding.task("receiving-force"))["task"]
        headers = token("kent", contact="kent-dsl")
        assert (await get(client, "/v1/tasks", headers))["tasks"] == []
        assert (await get(client, "/v1/tasks/counts", headers))["total"] == 0
        assert (await client.get(f"/v1/tasks/{task}", headers=headers)).status_code == 404
        assert (await client.get(f"/v1/protection?pursue_action={our_id()}", headers=headers)).status_code == 404
        answered = await client.post(f"/v1/tasks/{task}/answers", json={"kind": "accepted"}, headers=headers)
        assert answered.status_code == 404
        await safeguarding.contact("kent", "kent-dsl", version=3)
        answered = await client.post(f"/v1/tasks/{task}/answers", json={"kind": "accepted"}, headers=headers)
        assert answered.status_code == 200

    async def test_held_ones_are_nobodys(
        self, safeguarding: Safeguarding, client: httpx.AsyncClient, token: Token
    ) -> None:
        await safeguarding.acted(action(status="authorised", sealed=True, **PRE_BRIEF))
        sealed_desk = token("nclcc", Role.CENTRE, contact="c-1", desks=["sealed"])
        found = (await get(client, "/v1/tasks", sealed_desk))["tasks"]
        assert [task["rule"] for task in found] == ["receiving-force"]


class TestAnswering:
    async def test_accept_and_the_second_is_told_whose_it_was(
        self, safeguarding: Safeguarding, client: httpx.AsyncClient, token: Token
    ) -> None:
        await safeguarding.acted(action())
        path = f"/v1/tasks/{(await safeguarding.task('home-authority-england'))['task']}/answers"
        first = await client.post(path, json={"kind": "accepted"}, headers=token("la-camden", name="A. Person"))
        assert (first.status_code, first.json()["status"]) == (200, "accepted")
        late = await client.post(path, json={"kind": "accepted"}, headers=token("la-camden", name="B. Person"))
        assert (late.status_code, late.json()["answered_by"]) == (409, "A. Person")

    @pytest.mark.parametrize(
        ("organisation", "body", "claims", "status"),
        [
            ("la-kent", {"kind": "accepted"}, {}, 404),
            ("la-camden", {"kind": "declined"}, {}, 422),
            ("la-camden", {"kind": "accepted"}, {"desks": ["housing"]}, 403),
            ("la-camden", {"kind": "accepted", "by": "somebody else"}, {}, 422),
        ],
    )
    async def test_what_is_refused(
        self,
        safeguarding: Safeguarding,
        client: httpx.AsyncClient,
        token: Token,
        organisation: str,
        body: dict[str, str],
        claims: dict[str, Any],
        status: int,
    ) -> None:
        await safeguarding.acted(action())
        path = f"/v1/tasks/{(await safeguarding.task('home-authority-england'))['task']}/answers"
        response = await client.post(path, json=body, headers=token(organisation, **claims))
        assert response.status_code == status, response.text

    async def test_a_reader_cannot_answer(
        self, safeguarding: Safeguarding, client: httpx.AsyncClient, token: Token
    ) -> None:
        await safeguarding.acted(action())
        path = f"/v1/tasks/{(await safeguarding.task('home-authority-england'))['task']}/answers"
        response = await client.post(path, json={"kind": "accepted"}, headers=token("la-camden", Role.READER))
        assert response.status_code == 403


async def test_a_cursor_that_is_none_is_a_problem(client: httpx.AsyncClient, token: Token) -> None:
    answer = await client.get(f"/v1/tasks?after={'-' * 36}", headers=token("la-camden"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "query.after")
