"""What notify hears besides tasks: Pursue actions for the national stream, notices for the desks, receipts."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from services.notify.repository.inboxes import find_receipt
from shared.contracts.envelope import Envelope, service_source
from shared.contracts.pursue import CHANGED
from shared.contracts.receipts import NOTICE, RECEIPT
from shared.contracts.topics import (
    ALERTS_EVENTS,
    NATIONAL_PURSUE,
    PROTECT_SEALED,
    PURSUE_EVENTS,
    PURSUE_URGENT,
    notices_topic,
    receipts_topic,
)
from tests.integration.notify.scene import ROSTER, Scene, event, task

COUNTED = ("nclcc_alerts_total", "nclcc_escalations_total", "nclcc_submission_to_hand_over_seconds_count")


def changed(scene: Scene, version: int, **top: Any) -> Envelope:
    """The same action in one of its versions."""
    data = {
        "pursue_action": str(UUID(int=1)),
        "acting": "metropolitan",
        "version": version,
        "change": "executed",
        "status": "executed",
        "sealed": False,
        "details": {"urgency": "life_risk", "places": []},
        "occurred_at": scene.clock.now().isoformat(),
    } | top
    return Envelope(id=str(uuid4()), source=service_source("tasking"), type=CHANGED, time=scene.clock.now(), data=data)


def notice(scene: Scene, kind: str) -> Envelope:
    id = str(uuid4())
    data = {"notice": id, "kind": kind, "organisation": None, "reference": "an id/2"}
    return Envelope(id=id, source=service_source("tasking"), type=NOTICE, time=scene.clock.now(), data=data)


async def streamed(scene: Scene) -> list[int]:
    return [one["data"]["version"] for one in await scene.told(NATIONAL_PURSUE)]


class TestStream:
    async def test_a_version_that_the_urgent_lane_overtook_is_dropped(self, scene: Scene) -> None:
        await scene.hear(changed(scene, 2, change="retracted", status="retracted"), topic=PURSUE_URGENT)
        await scene.hear(changed(scene, 1), topic=PURSUE_EVENTS)
        assert await streamed(scene) == [2]

    async def test_versions_in_order_are_all_told_in_one_batch_or_more(self, scene: Scene) -> None:
        await scene.hear(changed(scene, 1), changed(scene, 3), changed(scene, 2), topic=PURSUE_EVENTS)
        await scene.hear(changed(scene, 4), topic=PURSUE_EVENTS)
        assert await streamed(scene) == [1, 3, 4]

    async def test_a_sealed_version_is_neither_told_nor_kept(self, scene: Scene) -> None:
        await scene.hear(changed(scene, 1, sealed=True), topic=PURSUE_EVENTS)
        assert await streamed(scene) == []
        assert await scene.rows("SELECT 1 FROM disclosures") == []

    async def test_a_batch_costs_the_same_whatever_its_size(self, scene: Scene) -> None:
        await scene.hear(changed(scene, 1), topic=PURSUE_EVENTS)
        one = scene.statements
        many = [changed(scene, 1, pursue_action=str(uuid4())) for _ in range(50)]
        await scene.hear(*many, topic=PURSUE_EVENTS)
        assert scene.statements == one


class TestNotices:
    @pytest.mark.parametrize(
        ("kind", "desk", "sealed", "told"),
        [("waiting_urgent", "duty", False, ["duty"]), ("waiting_sealed", "sealed", True, ["sealed"])],
    )
    async def test_each_goes_to_its_own_desk(
        self, scene: Scene, kind: str, desk: str, sealed: bool, told: list[str]
    ) -> None:
        await scene.hear(notice(scene, kind), topic=notices_topic("tasking"))
        await scene.settled()
        alert = await scene.alert()
        assert (alert.organisation, alert.desk, alert.sealed) == ("nclcc", desk, sealed)
        assert scene.channels["log"].to == told
        assert bool(await scene.told(ALERTS_EVENTS)) is not sealed

    @pytest.mark.parametrize("sealed", [True, False])
    async def test_a_sealed_alert_is_not_counted(self, scene: Scene, sealed: bool) -> None:
        before = counted()
        now = scene.clock.now()
        named: dict[str, Any] = (
            {"sealed": True, "named": ["kent/second"], "acting_contact": "metropolitan/officer"} if sealed else {}
        )
        await scene.hear(event(task(now, urgency="life_risk", **named), now))
        await scene.settled()
        await scene.escalate(timedelta(minutes=5))
        assert (counted() == before) is sealed

    async def test_of_a_sealed_alert_that_nobody_stands_behind_no_id_is_logged(
        self, scene: Scene, caplog: pytest.LogCaptureFixture
    ) -> None:
        await scene.roster(ROSTER.replace("desk: sealed,", 'desk: sealed, valid_until: "2026-11-20T18:03:00Z",'))
        now = scene.clock.now()
        await scene.hear(event(task(now, sealed=True), now), topic=PROTECT_SEALED)
        [record] = [one for one in caplog.records if one.message == "nobody stands behind the fallback"]
        assert not hasattr(record, "alert")


class TestReceipts:
    async def test_the_first_verdict_stands_over_a_conflict_and_a_final_one_over_a_waiting(self, scene: Scene) -> None:
        conflict = {"field": "id", "rule": "conflict", "message": "this id was used before for another body"}
        said = [("waiting", []), ("rejected", [conflict]), ("accepted", []), ("rejected", [conflict])]
        shown = []
        for n, (verdict, errors) in enumerate(said):
            await scene.hear(receipt(scene, n, verdict, errors), topic=receipts_topic("tasking"))
            async with scene.open() as work:
                found = await find_receipt(work, "kent", "kent-1")
            shown.append(found and found["verdict"])
        assert shown == ["waiting", "waiting", "accepted", "accepted"]


def receipt(scene: Scene, second: int, verdict: str, errors: list[dict[str, str]]) -> Envelope:
    """What became of one event, told so many seconds after the start."""
    now = scene.clock.now() + timedelta(seconds=second)
    data = {
        "receipt": str(uuid4()),
        "organisation": "kent",
        "event_id": "kent-1",
        "verdict": verdict,
        "errors": errors,
        "at": now.isoformat(),
        "service": "tasking",
    }
    return Envelope(id=str(uuid4()), source=service_source("tasking"), type=RECEIPT, time=now, data=data)


def counted() -> list[float]:
    """What the open metrics say of alerts of this urgency."""
    return [REGISTRY.get_sample_value(name, {"urgency": "life_risk"}) or 0.0 for name in COUNTED]
