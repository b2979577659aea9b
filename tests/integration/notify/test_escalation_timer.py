"""Nobody answers: the alert climbs by the clock, over restarts, and ends where there is always somebody."""

from datetime import timedelta

from services.notify.channels.message import DeliveredToProvider, Failed
from services.notify.domain.answers import Said
from services.notify.handlers.answer import answer
from services.notify.repository.alerts import find_alert
from services.notify.work import Batch
from shared.contracts.topics import ANSWERS_EVENTS
from tests.integration.notify.scene import Scene, event, task


class TestClimb:
    async def test_it_climbs_to_the_fallback_and_repeats_until_somebody_answers(self, scene: Scene) -> None:
        now = scene.clock.now()
        await scene.hear(event(task(now, urgency="life_risk"), now))
        await scene.settled()
        log, smtp = scene.channels["log"], scene.channels["smtp"]
        await scene.escalate(timedelta(minutes=5))
        assert (log.to, smtp.to) == (["a", "a"], ["b@kent.example"])
        await scene.escalate(timedelta(minutes=5))
        await scene.escalate(timedelta(minutes=5))
        assert log.to[-1] == "duty"
        assert (await scene.alert()).status == "fallback"
        await scene.escalate(timedelta(minutes=15))
        assert log.to[-2:] == ["duty", "duty"]
        await self.say(scene, Said.SEEN)
        await scene.escalate(timedelta(hours=5))
        assert log.to[-2:] == ["duty", "duty"]
        assert len(log.to) == len(log.to[:3]) + 2

    async def test_an_answer_is_passed_on_once_for_each_task(self, scene: Scene) -> None:
        now = scene.clock.now()
        await scene.hear(event(task(now), now), event(task(now), now))
        await self.say(scene, Said.SEEN)
        await self.say(scene, Said.ACCEPTED)
        await self.say(scene, Said.DECLINED)
        kinds = [one["data"]["kind"] for one in await scene.told(ANSWERS_EVENTS)]
        assert kinds == ["acknowledged", "acknowledged", "accepted", "accepted"]

    async def say(self, scene: Scene, said: Said) -> None:
        alert = await scene.alert()
        async with scene.open() as work:
            held = await find_alert(work, alert.alert, hold=True)
            assert held is not None
            await answer(Batch(work, scene.desk), held, said, "Sgt Lanning", "api", reason="not ours")
            await work.commit()


class TestDeliveries:
    async def test_a_failed_channel_is_tried_again_and_then_the_next_one(self, scene: Scene) -> None:
        now = scene.clock.now()
        smtp = scene.channels["smtp"]
        smtp.outcomes = [Failed(retryable=True, reason="timeout"), Failed(retryable=False, reason="smtp_550")]
        await scene.hear(event(task(now, urgency="life_risk"), now))
        await scene.settled()
        await scene.escalate(timedelta(minutes=5))
        scene.clock.advance(timedelta(seconds=5))
        assert await scene.dispatcher.sweep(scene.open) == 1
        await scene.settled()
        assert await scene.dispatcher.sweep(scene.open) == 1
        await scene.settled()
        assert smtp.to == ["b@kent.example"] * 2
        assert smtp.sent[0][0].attempt_reference == smtp.sent[1][0].attempt_reference
        assert scene.channels["log"].to[-1] == "b"
        rows = await scene.rows("SELECT status, count(*) AS n FROM deliveries GROUP BY status")
        assert [(row.status, row.n) for row in rows] == [("sent", 3)]

    async def test_nothing_is_handed_over_before_the_commit(self, scene: Scene) -> None:
        now = scene.clock.now()
        async with scene.open() as work:
            from services.notify.consumer import handler

            await handler(scene.desk)(work, [scene._record(event(task(now), now), "t")])
            await scene.settled()
            assert scene.channels["log"].sent == []
        assert await scene.rows("SELECT 1 FROM deliveries") == []

    async def test_what_a_stopped_copy_left_is_sent_by_another_with_the_same_link(self, scene: Scene) -> None:
        now = scene.clock.now()
        scene.dispatcher.offer = lambda jobs: None  # type: ignore[method-assign]  # stopped between commit and hand-over
        await scene.hear(event(task(now), now))
        other = scene.new_dispatcher("two")
        assert await other.sweep(scene.open) == 0
        scene.clock.advance(timedelta(seconds=31))
        assert await other.sweep(scene.open) == 1
        assert await scene.dispatcher.sweep(scene.open) == 0
        (job,) = other._in_hand.values()
        assert job.ask_first
        outcome = await other._attempt(job)
        await other._record_some([(job, outcome)])
        ((message, _),) = scene.channels["log"].sent
        assert message.link is not None
        (alert,) = await scene.rows("SELECT handed_over_at FROM alerts")
        assert alert.handed_over_at == scene.clock.now()

    async def test_a_provider_that_knows_it_already_is_not_sent_it_again(self, scene: Scene) -> None:
        now = scene.clock.now()
        log = scene.channels["log"]
        log.outcomes = [Failed(retryable=True, reason="timeout")]

        async def already_sent(_: str) -> DeliveredToProvider:
            return DeliveredToProvider("known")

        log.already_sent = already_sent  # type: ignore[attr-defined]
        await scene.hear(event(task(now), now))
        await scene.settled()
        scene.clock.advance(timedelta(seconds=5))
        await scene.dispatcher.sweep(scene.open)
        await scene.settled()
        assert len(log.sent) == 1
        (row,) = await scene.rows("SELECT status, provider_id FROM deliveries")
        assert tuple(row) == ("sent", "known")

    async def test_what_was_answered_meanwhile_is_dropped(self, scene: Scene) -> None:
        now = scene.clock.now()
        scene.channels["log"].outcomes = [Failed(retryable=True, reason="timeout")]
        await scene.hear(event(task(now), now))
        await scene.settled()
        await TestClimb().say(scene, Said.SEEN)
        scene.clock.advance(timedelta(seconds=5))
        await scene.dispatcher.sweep(scene.open)
        await scene.settled()
        assert len(scene.channels["log"].sent) == 1
        (row,) = await scene.rows("SELECT status FROM deliveries")
        assert row.status == "dropped"
