"""What waits for its predecessor, on a movable clock: it follows, is told of, or is refused in the end."""

import asyncio
from datetime import timedelta

import pytest

from services.tasking.handlers.waiting import reject_orphans, report_waiting_urgent
from shared.bus.submissions import PREDECESSOR_WAIT
from shared.kernel.clock import ManualClock
from tests.integration.tasking.conftest import Tasking
from tests.integration.tasking.samples import KEY, details, our_id, sealed, submission


async def expire(tasking: Tasking) -> int:
    return await reject_orphans(tasking.open_work, tasking.intake, KEY)


async def notice(tasking: Tasking) -> int:
    return await report_waiting_urgent(tasking.open_work, tasking.intake)


class TestFollowing:
    async def test_it_follows_when_the_gap_closes(self, tasking: Tasking) -> None:
        await tasking.take(submission("amended", 2, details(summary="second")))
        assert (await tasking.receipts())[0]["until"] == "2026-11-20T18:18:00Z"
        await tasking.take(submission("proposed", 1))
        assert await tasking.verdicts() == [("one-2", "waiting"), ("one-1", "accepted"), ("one-2", "accepted")]
        assert [one.data["change"] for one in await tasking.changes()] == ["proposed", "amended"]
        assert await tasking.rows("SELECT * FROM waiting") == []

    async def test_the_register_holds_the_final_receipt(self, tasking: Tasking) -> None:
        records = await tasking.take(submission("amended", 2))
        await tasking.take(submission("proposed", 1))
        (row,) = await tasking.rows("SELECT * FROM submissions WHERE event_id = 'one-2'")
        assert (row["verdict"], row["offset"]) == ("accepted", records[0].offset)

    async def test_it_brings_the_facts_that_its_turn_needs(self, with_contacts: Tasking) -> None:
        await with_contacts.take(submission("authorised", 2, sealed()))
        await with_contacts.take(
            submission("proposed", 1, sealed(pre_brief=[{"organisation": "cumbria", "contact": "cu-1"}]))
        )
        assert (await with_contacts.verdicts())[-1] == ("one-2", "accepted")

    async def test_an_execution_passes_it_and_it_is_stale(self, tasking: Tasking) -> None:
        await tasking.take(submission("proposed", 1))
        await tasking.take(submission("amended", 3))
        await tasking.take(submission("executed", 4))
        assert dict(await tasking.verdicts()) == {"one-1": "accepted", "one-3": "rejected", "one-4": "accepted"}


class TestExpiry:
    async def test_after_the_stated_time_it_gets_a_final_receipt_once(
        self, tasking: Tasking, clock: ManualClock
    ) -> None:
        await tasking.take(submission("amended", 2))
        clock.advance(PREDECESSOR_WAIT - timedelta(seconds=1))
        assert await expire(tasking) == 0
        clock.advance(timedelta(seconds=1))
        assert await expire(tasking) == 1
        assert await expire(tasking) == 0
        last = (await tasking.receipts())[-1]
        assert (last["verdict"], last["errors"][0]["rule"]) == ("rejected", "predecessor_missing")
        assert await tasking.rows("SELECT * FROM waiting") == []

    async def test_two_copies_and_a_late_predecessor_give_one_verdict(
        self, tasking: Tasking, clock: ManualClock
    ) -> None:
        for n in range(20):
            await tasking.take(submission("amended", 2, name=f"{n}"))
        clock.advance(PREDECESSOR_WAIT)
        firsts = [submission("proposed", 1, name=f"{n}") for n in range(0, 20, 2)]
        await asyncio.gather(expire(tasking), tasking.take(*firsts), expire(tasking))
        final = [id for id, verdict in await tasking.verdicts() if id.endswith("-2") and verdict != "waiting"]
        assert sorted(final) == sorted({f"{n}-2" for n in range(20)})


class TestNotice:
    @pytest.mark.parametrize(("urgency", "expected"), [("urgent", 1), ("routine", 0)])
    async def test_the_centre_hears_of_an_urgent_one_within_a_minute_once(
        self, tasking: Tasking, clock: ManualClock, urgency: str, expected: int
    ) -> None:
        await tasking.take(submission("amended", 2, details(urgency=urgency)))
        assert await notice(tasking) == 0
        clock.advance(timedelta(seconds=59))
        assert [await notice(tasking), await notice(tasking)] == [expected, 0]
        found = await tasking.sent("tasking.notices.")
        assert [one.data["kind"] for one in found] == ["waiting_urgent"] * expected
        assert all(one.data["reference"] == f"{our_id('one')}/2" for one in found)

    async def test_a_cancellation_is_as_urgent_as_its_action(self, tasking: Tasking, clock: ManualClock) -> None:
        await tasking.take(submission("proposed", 1, details(urgency="life_risk")))
        await tasking.take(submission("cancelled", 3))
        clock.advance(timedelta(seconds=59))
        assert await notice(tasking) == 1

    async def test_of_what_is_sealed_the_sealed_desk_hears_and_not_the_duty_desk(
        self, with_contacts: Tasking, clock: ManualClock
    ) -> None:
        await with_contacts.take(submission("proposed", 1, sealed(urgency="urgent"), name="known"))
        await with_contacts.take(
            submission("cancelled", 3, name="known"), submission("amended", 2, sealed(urgency="urgent"))
        )
        clock.advance(timedelta(minutes=5))
        assert [await notice(with_contacts), await notice(with_contacts)] == [2, 0]
        found = [one.data for one in await with_contacts.sent("tasking.notices.")]
        assert {one["kind"] for one in found} == {"waiting_sealed"}
        assert {one["organisation"] for one in found} == {None}
        assert {one["reference"] for one in found} == {f"{our_id('known')}/3", f"{our_id('one')}/2"}

    async def test_two_copies_tell_it_once(self, tasking: Tasking, clock: ManualClock) -> None:
        for n in range(10):
            await tasking.take(submission("amended", 2, details(urgency="urgent"), name=f"{n}"))
        clock.advance(timedelta(seconds=40))
        assert sum(await asyncio.gather(notice(tasking), notice(tasking))) == 10
        assert len(await tasking.sent("tasking.notices.")) == 10
