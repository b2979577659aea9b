"""The routes: who may see and do what, and that each reading is audited."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from shared.auth import Issuer, Role
from shared.contracts.envelope import Envelope, service_source
from shared.contracts.protect import TaskChange
from shared.contracts.receipts import RECEIPT
from shared.contracts.registry import CONTACT_CHANGED
from shared.contracts.topics import ANSWERS_EVENTS, CONTACTS_STATE, ORGANISATIONS_STATE, PROTECT_SEALED, receipts_topic
from tests.conftest import Broker
from tests.integration.notify.running import bearer, notify_service
from tests.integration.notify.scene import ROSTER, Scene, after, event, task, token_of

SECOND = next(line for line in ROSTER.splitlines(keepends=True) if "{id: second" in line)
LAPSED = {
    "taken out": ROSTER.replace("{id: second", "{id: other"),
    "named no longer": ROSTER.replace(SECOND, SECOND.replace("named: true", "named: false")),
    "run out": ROSTER.replace(SECOND, SECOND.replace("named", 'valid_until: "2026-11-20T18:03:00Z", named')),
}


@dataclass
class Api:
    scene: Scene
    http: httpx.AsyncClient
    issuer: Issuer

    def of(self, organisation: str, *roles: Role, **claims: object) -> dict[str, str]:
        return bearer(self.issuer, organisation, *(roles or (Role.COORDINATOR,)), **claims)


@pytest.fixture
async def api(scene: Scene, broker: Broker, tmp_path: Path) -> AsyncIterator[Api]:
    service, issuer = notify_service(tmp_path, scene.url, broker.settings(), scene.clock)
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://notify") as http:
        yield Api(scene, http, issuer)
    await service.context.close()


class TestAlerts:
    async def test_an_organisation_sees_its_own_and_no_other(self, api: Api) -> None:
        now = api.scene.clock.now()
        await api.scene.hear(event(task(now), now))
        own = (await api.http.get("/v1/alerts", headers=api.of("kent"))).json()["alerts"]
        assert [one["status"] for one in own] == ["open"]
        assert (await api.http.get("/v1/alerts", headers=api.of("norfolk"))).json() == {"alerts": []}
        found = await api.http.get(f"/v1/alerts/{own[0]['alert']}", headers=api.of("norfolk"))
        assert found.status_code == 404
        centre = await api.http.get("/v1/alerts", headers=api.of("nclcc", Role.CENTRE))
        assert "tasks" not in centre.json()["alerts"][0]

    async def test_a_sealed_one_is_seen_by_the_named_alone(self, api: Api) -> None:
        now = api.scene.clock.now()
        sealed = task(now, sealed=True, named=["second"], acting_contact="officer")
        await api.scene.hear(event(sealed, now), topic=PROTECT_SEALED)
        alert = (await api.scene.alert()).alert
        nobody = [
            api.of("kent"),
            api.of("kent", contact="first"),
            api.of("norfolk", contact="second"),
            api.of("metropolitan"),
            api.of("nclcc", Role.CENTRE),
        ]
        for headers in nobody:
            assert (await api.http.get("/v1/alerts", headers=headers)).json() == {"alerts": []}
            assert (await api.http.get(f"/v1/alerts/{alert}", headers=headers)).status_code == 404
            answered = await api.http.post(f"/v1/alerts/{alert}/acknowledge", headers=headers)
            assert answered.status_code == 404
        for headers in (api.of("kent", contact="second"), api.of("metropolitan", contact="officer")):
            assert len((await api.http.get("/v1/alerts", headers=headers)).json()["alerts"]) == 1

    @pytest.mark.parametrize("how", LAPSED)
    async def test_a_contact_that_no_longer_counts_sees_no_sealed_one(self, api: Api, how: str) -> None:
        now = api.scene.clock.now()
        sealed = task(now, sealed=True, named=["second"], acting_contact="officer")
        await api.scene.hear(event(sealed, now), topic=PROTECT_SEALED)
        alert = (await api.scene.alert()).alert
        headers, link = api.of("kent", contact="second"), f"/a/{token_of(alert, 'kent/second')}"
        assert (await api.http.get(f"/v1/alerts/{alert}", headers=headers)).status_code == 200
        assert (await api.http.get(link)).status_code == 200
        await api.scene.roster(LAPSED[how])
        assert (await api.http.get("/v1/alerts", headers=headers)).json() == {"alerts": []}
        assert (await api.http.get(f"/v1/alerts/{alert}", headers=headers)).status_code == 404
        assert (await api.http.post(f"/v1/alerts/{alert}/acknowledge", headers=headers)).status_code == 404
        assert (await api.http.get(link)).status_code == 404
        assert (await api.http.post(link, data={"by": "B", "said": "seen"})).status_code == 404

    async def test_the_first_acknowledgement_stands(self, api: Api) -> None:
        now = api.scene.clock.now()
        await api.scene.hear(event(task(now), now))
        url = f"/v1/alerts/{(await api.scene.alert()).alert}/acknowledge"
        assert (await api.http.post(url, headers=api.of("norfolk"))).status_code == 404
        assert (await api.http.post(url, headers=api.of("kent", Role.READER))).status_code == 403
        first = await api.http.post(url, headers=api.of("kent"), json={"by": "Insp. Okonjo"})
        assert first.json()["acknowledged_by"] == "Insp. Okonjo"
        second = await api.http.post(url, headers=api.of("kent"))
        assert second.status_code == 409
        assert second.headers["content-type"] == "application/problem+json"
        assert second.json()["answered_by"] == "Insp. Okonjo"

    async def test_readings_are_audited(self, api: Api) -> None:
        now = api.scene.clock.now()
        await api.scene.hear(event(task(now), now))
        alert = str((await api.scene.alert()).alert)
        await api.http.get("/v1/alerts", headers=api.of("kent"))
        rows = await api.scene.rows("SELECT organisation, record_id FROM audit_log WHERE action = 'consultation'")
        assert [tuple(row) for row in rows] == [("kent", alert), ("kent", "list")]

    async def test_what_no_table_can_hold_is_a_problem_and_not_an_error(self, api: Api) -> None:
        now = api.scene.clock.now()
        await api.scene.hear(event(task(now), now))
        alert = (await api.scene.alert()).alert
        asked = [
            await api.http.get("/v1/receipts/%00", headers=api.of("kent")),
            await api.http.get(f"/v1/inbox?after={10**30}", headers=api.of("kent")),
            await api.http.post(f"/v1/alerts/{alert}/acknowledge", json={"by": "A\0"}, headers=api.of("kent")),
        ]
        assert [one.status_code for one in asked] == [422, 422, 422]
        assert {one.headers["content-type"] for one in asked} == {"application/problem+json"}


class TestInboxAndReceipts:
    async def test_a_cursor_follows_the_inbox(self, api: Api) -> None:
        await api.scene.enrol("kent")
        now = api.scene.clock.now()
        await api.scene.hear(*(event(task(now), now) for _ in range(3)))
        page = (await api.http.get("/v1/inbox?limit=2", headers=api.of("kent"))).json()
        assert [one["sequence"] for one in page["events"]] == [1, 2]
        rest = (await api.http.get(f"/v1/inbox?after={page['next']}", headers=api.of("kent"))).json()
        assert [one["sequence"] for one in rest["events"]] == [3]
        assert (await api.http.get("/v1/inbox", headers=api.of("norfolk"))).json()["events"] == []

    async def test_a_receipt_is_its_submitters(self, api: Api) -> None:
        await api.scene.enrol("kent")
        now = api.scene.clock.now()
        data = {
            "receipt": "0192f0c1-7a1b-8a3c-9d4e-5f60718293a4",
            "organisation": "kent",
            "event_id": "kent-1",
            "verdict": "accepted",
            "at": now.isoformat(),
            "service": "tasking",
            "topic": "org.kent.pursue.v1",
            "partition": 0,
            "offset": 4,
        }
        for id in ("0192f0c1-7a1b-8a3c-9d4e-000000000001", "0192f0c1-7a1b-8a3c-9d4e-000000000002"):
            receipt = Envelope(id=id, source=service_source("tasking"), type=RECEIPT, time=now, data=data)
            await api.scene.hear(receipt, topic=receipts_topic("tasking"))
        mine = await api.http.get("/v1/receipts/kent-1", headers=api.of("kent", Role.PUBLISHER))
        assert mine.json()["verdict"] == "accepted"
        assert "offset" not in mine.json()
        other = await api.http.get("/v1/receipts/kent-1", headers=api.of("norfolk", Role.PUBLISHER))
        assert other.status_code == 404
        assert [one["sequence"] for one in await api.scene.inbox("kent")] == [1, 2]


class TestTakingPart:
    async def test_enrolling_is_an_operators_and_harmless_twice(self, api: Api) -> None:
        body = {"code": "la-thanet", "kafka": False}
        assert (await api.http.post("/v1/organisations", json=body, headers=api.of("kent"))).status_code == 403
        operator = api.of("nclcc", Role.OPERATOR)
        for _ in range(2):
            assert (await api.http.post("/v1/organisations", json=body, headers=operator)).status_code == 201
        assert len(await api.scene.told(ORGANISATIONS_STATE)) == 1
        wrong = await api.http.post("/v1/organisations", json={"code": "MARKER!"}, headers=operator)
        assert wrong.status_code == 422
        assert "MARKER" not in wrong.text
        listed = (await api.http.get("/v1/organisations", headers=operator)).json()["organisations"]
        assert [one["code"] for one in listed] == ["la-thanet"]

    async def test_an_organisation_arranges_its_own_people(self, api: Api) -> None:
        contact = {
            "id": "dsl",
            "name": "Invented Person",
            "role": "Lead",
            "desk": "safeguarding",
            "named": True,
            "channels": [{"channel": "log", "address": "dsl"}],
        }
        body = {"contacts": [contact]}
        other = await api.http.put("/v1/organisations/kent/contacts", json=body, headers=api.of("norfolk"))
        assert other.status_code == 404
        mine = await api.http.put("/v1/organisations/kent/contacts", json=body, headers=api.of("kent"))
        assert mine.json() == {"contacts": 1}
        last = {one["subject"]: one["data"]["named"] for one in await api.scene.told(CONTACTS_STATE)}
        assert last == {
            "kent/first": False,
            "kent/second": False,
            "kent/dsl": True,
            "nclcc/lead": True,
            "metropolitan/officer": True,
        }
        assert {one["type"] for one in await api.scene.told(CONTACTS_STATE)} == {CONTACT_CHANGED}
        now = api.scene.clock.now()
        await api.scene.hear(event(task(now), now))
        await api.scene.settled()
        assert api.scene.channels["log"].to == ["dsl"]

    async def test_a_rota_and_a_policy_count_at_once(self, api: Api) -> None:
        days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        rota = {
            "desk": "safeguarding",
            "shifts": [{"days": days, "start": "00:00", "end": "00:00", "contact": "second"}],
        }
        policy = {
            "desk": "safeguarding",
            "urgency": "urgent",
            "steps": [{"delay": 1, "targets": [{"kind": "contact", "ref": "metropolitan/officer"}]}],
        }
        base = "/v1/organisations/kent"
        await api.http.put(f"{base}/rotas", json={"rotas": [rota]}, headers=api.of("kent"))
        await api.http.put(f"{base}/policies", json={"policies": [policy]}, headers=api.of("kent"))
        now = api.scene.clock.now()
        await api.scene.hear(event(task(now), now))
        await api.scene.settled()
        assert api.scene.channels["log"].to == ["officer"]
        await api.scene.escalate(timedelta(minutes=1))
        assert api.scene.channels["log"].to == ["officer", "duty"]

    async def test_a_roster_file_says_what_is_wrong_with_it_and_where(self, api: Api) -> None:
        operator = api.of("nclcc", Role.OPERATOR)
        good = await api.http.post("/v1/roster", content=ROSTER, headers=operator)
        assert good.json() == {"organisations": 3}
        wrong = await api.http.post(
            "/v1/roster", content=ROSTER.replace("desk: sealed", "desk: MARKER"), headers=operator
        )
        assert wrong.status_code == 422
        assert wrong.json()["errors"][0]["message"].startswith("line ")
        assert "MARKER" not in wrong.text

    async def test_not_ready_while_the_fallback_is_empty(self, api: Api) -> None:
        ready = (await api.http.get("/readyz")).json()["waiting_for"]
        assert "notify" not in ready
        await api.http.put(
            "/v1/organisations/nclcc/contacts", json={"contacts": []}, headers=api.of("nclcc", Role.OPERATOR)
        )
        ready = (await api.http.get("/readyz")).json()["waiting_for"]
        assert ready["notify"] == "no contact on nclcc/duty and nclcc/sealed"


class TestLinks:
    async def link(self, api: Api, contact: str = "kent/first") -> str:
        return f"/a/{token_of((await api.scene.alert()).alert, contact)}"

    async def test_opening_changes_nothing_and_shows_titles_and_due_times(self, api: Api) -> None:
        now = api.scene.clock.now()
        await api.scene.hear(event(task(now), now))
        await api.scene.settled()
        before = await api.scene.alert()
        for _ in range(3):
            page = await api.http.get(await self.link(api))
        assert await api.scene.alert() == before
        assert page.status_code == 200
        assert "Safeguard the people at risk" in page.text
        assert "Friday 20 November 2026, 19:03" in page.text
        assert "Invented Child" not in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-robots-tag"] == "noindex, nofollow"
        assert page.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in page.headers["content-security-policy"]

    async def test_a_token_that_was_never_made_opens_nothing(self, api: Api) -> None:
        for token in ("x", "A" * 43):
            assert (await api.http.get(f"/a/{token}")).status_code == 404
            assert (await api.http.post(f"/a/{token}", data={"by": "x", "said": "seen"})).status_code == 404

    async def test_tokens_are_stored_as_hashes(self, api: Api) -> None:
        now = api.scene.clock.now()
        await api.scene.hear(event(task(now), now))
        token = (await self.link(api)).removeprefix("/a/")
        rows = await api.scene.rows("SELECT token_hash FROM links")
        assert token not in {row.token_hash for row in rows}
        assert len(rows) == 1

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"by": "", "said": "seen"},
            {"by": "B", "said": "eaten"},
            {"by": "B", "said": "declined"},
            {"by": "B", "said": "declined", "reason": "no\0"},
        ],
    )
    async def test_an_answer_needs_a_name_a_choice_and_a_reason(self, api: Api, fields: dict[str, str]) -> None:
        now = api.scene.clock.now()
        await api.scene.hear(event(task(now), now))
        answered = await api.http.post(await self.link(api), data=fields)
        assert answered.status_code == 422
        assert 'role="alert"' in answered.text
        assert (await api.scene.alert()).status == "open"
        # the page was shown again: that is a reading
        rows = await api.scene.rows("SELECT action FROM audit_log WHERE way = 'link'")
        assert [row.action for row in rows] == ["consultation"]

    async def test_it_counts_once_and_stays_readable(self, api: Api) -> None:
        now = api.scene.clock.now()
        await api.scene.hear(event(task(now), now))
        link = await self.link(api)
        assert (await api.http.post(link, data={"by": "<b>Sgt</b>", "said": "accepted"})).status_code == 200
        second = await api.http.post(link, data={"by": "Other", "said": "declined", "reason": "not ours"})
        assert second.status_code == 409
        assert "&lt;b&gt;Sgt&lt;/b&gt; has accepted it" in second.text
        page = await api.http.get(link)
        assert "Safeguard the people at risk" in page.text
        assert "<form" not in page.text

    @pytest.mark.parametrize(
        ("change", "said", "did"),
        [
            (TaskChange.SEEN, "seen", "seen it"),
            (TaskChange.ACCEPTED, "accepted", "accepted it"),
            (TaskChange.ACCEPTED, "declined", "accepted it"),
            (TaskChange.DONE, "accepted", "accepted it"),
            (TaskChange.REROUTED, "accepted", "declined it"),
        ],
    )
    async def test_what_was_answered_elsewhere_stands_and_the_second_is_told_whose_it_was(
        self, api: Api, change: TaskChange, said: str, did: str
    ) -> None:
        now, first = api.scene.clock.now(), task(api.scene.clock.now())
        await api.scene.hear(event(first, now))
        link = await self.link(api)
        to = {"recipient": {"organisation": "nclcc", "desk": "duty"}} if change is TaskChange.REROUTED else {}
        await api.scene.hear(
            event(after(first, change, answered_by="Sgt Lanning", together=str(UUID(int=8)), **to), now)
        )
        second = await api.http.post(link, data={"by": "Other", "said": said, "reason": "not ours"})
        assert second.status_code == 409
        assert f"Sgt Lanning has {did}" in second.text
        assert await api.scene.told(ANSWERS_EVENTS) == []

    async def test_the_last_in_the_route_is_offered_no_decline(self, api: Api) -> None:
        now = api.scene.clock.now()
        await api.scene.hear(event(task(now, recipient={"organisation": "nclcc", "desk": "duty"}), now))
        link = await self.link(api, "nclcc/duty")
        assert "Not ours" not in (await api.http.get(link)).text
        answered = await api.http.post(link, data={"by": "B", "said": "declined", "reason": "not ours"})
        assert answered.status_code == 422
        assert (await api.scene.alert()).status != "acknowledged"
        assert await api.scene.told(ANSWERS_EVENTS) == []

    async def test_who_declined_what_a_colleague_had_just_accepted_is_told(self, api: Api) -> None:
        now, first = api.scene.clock.now(), task(api.scene.clock.now())
        await api.scene.hear(event(first, now))
        link = await self.link(api)
        declined = {"by": "Other", "said": "declined", "reason": "not ours"}
        assert (await api.http.post(link, data=declined)).status_code == 200
        await api.scene.hear(event(after(first, TaskChange.ACCEPTED, answered_by="Sgt Lanning"), now))
        await api.scene.settled()
        assert api.scene.channels["log"].to == ["a", "a"]
        assert "Sgt Lanning has accepted it" in (await api.http.post(link, data=declined)).text
        rows = await api.scene.rows("SELECT alert FROM alerts WHERE status = 'open'")
        again = f"/a/{token_of(rows[0].alert, 'kent/first')}"
        page = (await api.http.get(again)).text
        assert "Sgt Lanning has accepted it" in page
        assert "Not ours" not in page
        assert (await api.http.post(again, data={"by": "Other", "said": "seen"})).status_code == 200

    async def test_a_sealed_page_shows_nothing_and_takes_only_that_it_was_seen(self, api: Api) -> None:
        now = api.scene.clock.now()
        sealed = task(now, sealed=True, title="MARKER", named=["second"], acting_contact="officer")
        await api.scene.hear(event(sealed, now), topic=PROTECT_SEALED)
        link = await self.link(api, "kent/second")
        page = await api.http.get(link)
        assert "sealed" in page.text
        assert "MARKER" not in page.text
        assert (await api.http.post(link, data={"by": "B", "said": "accepted"})).status_code == 409
        assert (await api.http.post(link, data={"by": "B", "said": "seen"})).status_code == 200
