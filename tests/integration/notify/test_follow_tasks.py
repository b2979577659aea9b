"""From a task event to inboxes, alerts and hand-overs, on a real database."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.protect import TaskChange
from shared.contracts.topics import ALERTS_EVENTS, NATIONAL_PROTECT, PROTECT_SEALED
from tests.integration.notify.scene import Scene, after, event, task


class TestAlerts:
    async def test_tasks_that_arise_together_make_one_message(self, scene: Scene) -> None:
        now = scene.clock.now()
        await scene.hear(*(event(task(now), now) for _ in range(3)))
        await scene.settled()
        assert scene.channels["log"].to == ["a"]
        alert = await scene.alert()
        assert (alert.status, alert.version, alert.step) == ("open", 2, 0)
        assert alert.handed_over_at == now
        (row,) = await scene.rows("SELECT jsonb_array_length(tasks) AS n FROM alerts")
        assert row.n == 3

    async def test_a_text_carries_a_reference_an_urgency_and_a_link(self, scene: Scene) -> None:
        now = scene.clock.now()
        await scene.hear(event(task(now, urgency="life_risk"), now))
        await scene.settled()
        ((message, _),) = scene.channels["log"].sent
        assert message.urgency == "life_risk"
        assert message.phone_control_room
        assert message.link is not None
        assert message.link.startswith("http://127.0.0.1:8000/a/")

    async def test_a_risk_to_life_has_an_alert_of_its_own(self, scene: Scene) -> None:
        now = scene.clock.now()
        await scene.hear(event(task(now), now), event(task(now, urgency="life_risk"), now))
        await scene.settled()
        assert len(await scene.rows("SELECT 1 FROM alerts")) == 2
        assert scene.channels["log"].to == ["a", "a"]

    async def test_the_same_event_again_and_a_lower_version_change_nothing(self, scene: Scene) -> None:
        now, first = scene.clock.now(), task(scene.clock.now())
        seen = after(first, TaskChange.SEEN, answered_by="Sgt Lanning")
        await scene.hear(event(seen, now))
        await scene.hear(event(first, now))
        assert await scene.rows("SELECT 1 FROM alerts") == []
        assert scene.channels["log"].sent == []

    async def test_an_organisation_without_people_reaches_the_centre_at_once(self, scene: Scene) -> None:
        now = scene.clock.now()
        await scene.hear(event(task(now, recipient={"organisation": "la-thanet", "desk": "children"}), now))
        await scene.settled()
        assert scene.channels["log"].to == ["duty"]
        assert (await scene.alert()).status == "fallback"

    async def test_what_comes_late_and_is_still_open_reaches_the_centre_alone(self, scene: Scene) -> None:
        now = scene.clock.now()
        await scene.hear(event(task(now - timedelta(hours=25)), now))
        assert (await scene.alert()).status == "open"
        await scene.escalate(timedelta(minutes=15))
        assert scene.channels["log"].to == ["duty"]
        assert (await scene.alert()).status == "fallback"

    async def test_what_comes_late_and_is_sealed_reaches_the_sealed_desk_alone(self, scene: Scene) -> None:
        now = scene.clock.now()
        sealed = task(now - timedelta(hours=25), sealed=True, named=["second"], acting_contact="officer")
        await scene.hear(event(sealed, now), topic=PROTECT_SEALED)
        await scene.escalate(timedelta(minutes=15))
        assert (scene.channels["log"].to, scene.channels["smtp"].to) == (["sealed"], [])

    @pytest.mark.parametrize("how", ["late", "backfill"])
    async def test_a_late_replay_and_a_backfill_page_no_one(self, scene: Scene, how: str) -> None:
        now = scene.clock.now()
        late = how == "late"
        data = task(now - timedelta(hours=25)) if late else task(now, backfill=True)
        await scene.hear(event(data, now))
        if late:
            await scene.hear(event(after(data, TaskChange.DONE), now))
        await scene.escalate(timedelta(hours=2))
        assert scene.channels["log"].sent == []
        assert (await scene.alert()).status == "over"

    async def test_a_task_that_joins_an_answered_alert_is_not_left_unread(self, scene: Scene) -> None:
        now, first = scene.clock.now(), task(scene.clock.now())
        await scene.hear(event(first, now))
        await scene.hear(event(after(first, TaskChange.SEEN, answered_by="A"), now))
        await scene.hear(event(task(now), now))
        await scene.settled()
        assert scene.channels["log"].to == ["a", "a"]

    @pytest.mark.parametrize("said", [TaskChange.SEEN, TaskChange.ACCEPTED])
    async def test_what_becomes_a_risk_to_life_pages_those_who_answered_for_less(
        self, scene: Scene, said: TaskChange
    ) -> None:
        now = scene.clock.now()
        first = task(now, urgency="routine")
        answered = after(first, said, answered_by="A", answered_for="kent")
        worse = after(
            answered, TaskChange.CHANGED, status=answered["status"], urgency="life_risk", together=str(uuid4())
        )
        for data in (first, answered, worse):
            await scene.hear(event(data, now))
        await scene.hear(event(after(worse, TaskChange.CHANGED, status=answered["status"]), now))
        await scene.settled()
        rows = await scene.rows("SELECT urgency, status FROM alerts ORDER BY urgency")
        assert ("life_risk", "open") in {tuple(row) for row in rows}
        assert [message.urgency for message, _ in scene.channels["log"].sent] == ["routine", "life_risk"]

    @pytest.mark.parametrize("said", [TaskChange.SEEN, TaskChange.ACCEPTED])
    async def test_what_reaches_further_than_what_was_answered_pages_once_more(
        self, scene: Scene, said: TaskChange
    ) -> None:
        now = scene.clock.now()
        first = task(now)
        answered = after(first, said, answered_by="A", answered_for="kent")
        further = after(answered, TaskChange.CHANGED, status=answered["status"], together=str(uuid4()))
        for data in (first, answered, further, after(further, TaskChange.CHANGED, status=answered["status"])):
            await scene.hear(event(data, now))
        await scene.settled()
        assert scene.channels["log"].to == ["a", "a"]
        rows = await scene.rows("SELECT status FROM alerts ORDER BY status")
        assert [row.status for row in rows] == ["open", "over"]

    @pytest.mark.parametrize("end", [TaskChange.DONE, TaskChange.WITHDRAWN])
    async def test_what_is_raised_once_more_pages_anew(self, scene: Scene, end: TaskChange) -> None:
        now = scene.clock.now()
        first = task(now)
        accepted = after(first, TaskChange.ACCEPTED, answered_by="A", answered_for="kent")
        ended = after(accepted, end)
        for data in (first, accepted, ended):
            await scene.hear(event(data, now))
        await scene.settled()
        before = len(scene.channels["log"].sent)
        await scene.hear(event(after(ended, TaskChange.RAISED, together=str(uuid4())), now))
        await scene.settled()
        assert len(scene.channels["log"].sent) == before + 1
        rows = await scene.rows("SELECT status FROM alerts ORDER BY status")
        assert [row.status for row in rows] == ["open", "over"]


class TestEnds:
    @pytest.mark.parametrize(
        ("change", "status"),
        [
            (TaskChange.SEEN, "acknowledged"),
            (TaskChange.ACCEPTED, "acknowledged"),
            (TaskChange.DONE, "over"),
            (TaskChange.WITHDRAWN, "over"),
        ],
    )
    async def test_what_happens_elsewhere_ends_the_climb(self, scene: Scene, change: TaskChange, status: str) -> None:
        now, first = scene.clock.now(), task(scene.clock.now())
        await scene.hear(event(first, now))
        await scene.hear(event(after(first, change, answered_by="Sgt Lanning"), now))
        assert (await scene.alert()).status == status
        await scene.escalate(timedelta(hours=3))
        assert scene.channels["log"].to == ["a"]

    async def test_one_of_two_seen_is_not_enough(self, scene: Scene) -> None:
        now, first, second = scene.clock.now(), task(scene.clock.now()), task(scene.clock.now())
        await scene.hear(event(first, now), event(second, now))
        await scene.hear(event(after(first, TaskChange.SEEN), now))
        assert (await scene.alert()).status == "open"
        await scene.hear(event(after(second, TaskChange.WITHDRAWN), now))
        assert (await scene.alert()).status == "acknowledged"

    async def test_a_rerouted_task_goes_on_and_leaves_the_first(self, scene: Scene) -> None:
        await scene.enrol("kent", "norfolk", "metropolitan")
        now, first = scene.clock.now(), task(scene.clock.now())
        await scene.hear(event(first, now))
        moved = after(
            first,
            TaskChange.REROUTED,
            recipient={"organisation": "norfolk", "desk": "safeguarding"},
            previous_recipient={"organisation": "kent", "desk": "safeguarding"},
            together=str(uuid4()),
            reason="not ours",
        )
        await scene.hear(event(moved, now))
        await scene.settled()
        rows = await scene.rows("SELECT organisation, status FROM alerts ORDER BY organisation")
        assert [tuple(row) for row in rows] == [("kent", "over"), ("norfolk", "fallback")]
        last = (await scene.inbox("kent"))[-1]
        assert last["type"] == "uk.nclcc.protect-task.withdrawn.v1"
        assert "recipient" not in last["data"]
        assert "norfolk" not in str(last)
        assert [one["data"]["change"] for one in await scene.inbox("metropolitan")] == ["raised", "rerouted"]

    async def test_a_retraction_reaches_all_who_had_it_and_the_people_who_were_told(self, scene: Scene) -> None:
        await scene.enrol("kent", "norfolk", "metropolitan")
        now, first = scene.clock.now(), task(scene.clock.now())
        moved = after(
            first,
            TaskChange.REROUTED,
            recipient={"organisation": "norfolk", "desk": "safeguarding"},
            previous_recipient={"organisation": "kent", "desk": "safeguarding"},
            together=str(uuid4()),
        )
        await scene.hear(event(first, now))
        await scene.hear(event(moved, now))
        await scene.settled()
        before = len(scene.channels["log"].sent)
        await scene.hear(event(after(moved, TaskChange.RETRACTED), now))
        await scene.settled()
        for code in ("kent", "norfolk", "metropolitan"):
            assert (await scene.inbox(code))[-1]["type"] == "uk.nclcc.protect-task.retracted.v1"
        assert scene.channels["log"].to[before:] == ["a", "duty"]
        rows = await scene.rows("SELECT organisation, status FROM alerts WHERE kind = 'retraction' ORDER BY 1")
        assert [tuple(row) for row in rows] == [("kent", "open"), ("norfolk", "open")]

    @pytest.mark.parametrize("change", [TaskChange.RETRACTED, TaskChange.STOOD_DOWN])
    @pytest.mark.parametrize("at_once", [True, False])
    async def test_all_whom_any_of_several_alerts_told_hear_of_the_end(
        self, scene: Scene, change: TaskChange, at_once: bool
    ) -> None:
        now = scene.clock.now()
        one, other = task(now, urgency="life_risk"), task(now, urgency="life_risk")
        await scene.hear(event(one, now))
        await scene.escalate(timedelta(minutes=5))
        await scene.hear(event(after(one, TaskChange.SEEN), now), event(other, now))
        await scene.settled()
        scene.channels["log"].sent.clear()
        scene.channels["smtp"].sent.clear()
        ends = [event(after(data, change, status="withdrawn"), now, version=3) for data in (other, one)]
        for batch in [ends] if at_once else [[end] for end in ends]:
            await scene.hear(*batch)
        await scene.settled()
        assert set(scene.channels["log"].to) == {"a"}
        assert scene.channels["smtp"].to == ["b@kent.example"]
        tasks = {id for row in await scene.rows("SELECT tasks FROM alerts WHERE kind <> 'tasks'") for id in row.tasks}
        assert tasks == {one["task"], other["task"]}

    async def test_a_retraction_overtakes_what_waits_for_a_channel(self, scene: Scene) -> None:
        now = scene.clock.now()
        first = task(now, urgency="routine")
        await scene.hear(event(first, now))
        await scene.hear(event(after(first, TaskChange.RETRACTED), now))
        rows = await scene.rows("SELECT kind, rank FROM deliveries JOIN alerts USING (alert) ORDER BY kind")
        assert [tuple(row) for row in rows] == [("retraction", 0), ("tasks", 2)]


class TestInboxes:
    async def test_sequences_have_no_gaps_and_each_audience_its_fields(self, scene: Scene) -> None:
        await scene.enrol("kent", "metropolitan")
        now = scene.clock.now()
        await scene.hear(*(event(task(now), now) for _ in range(3)))
        first = task(now)
        await scene.hear(
            event(first, now), event(after(first, TaskChange.ACCEPTED, answered_by="B", answered_for="kent"), now)
        )
        kent, met = await scene.inbox("kent"), await scene.inbox("metropolitan")
        assert [one["sequence"] for one in kent] == [1, 2, 3, 4, 5]
        assert [one["sequence"] for one in met] == [1, 2, 3, 4, 5]
        assert kent[0]["source"] == "urn:nclcc:centre"
        assert "minimum" in kent[0]["data"]
        assert "minimum" not in met[0]["data"]
        assert "pursue_action" not in kent[0]["data"]
        assert met[-1]["data"]["answered_by"] == "B"
        hidden = {"aggregateversion", "correlationid", "causationid", "audience", "handlingcode", "partitionkey"}
        assert not hidden & kent[0].keys()
        ledger = await scene.rows(
            "SELECT DISTINCT organisation FROM disclosures WHERE record = $1", UUID(first["task"])
        )
        assert {row.organisation for row in ledger} == {"kent", "metropolitan"}

    async def test_what_a_stream_was_told_stands_in_the_audit_log(self, scene: Scene) -> None:
        now = scene.clock.now()
        data = task(now)
        await scene.hear(event(data, now))
        [row] = await scene.rows("SELECT * FROM audit_log WHERE action = 'disclosure'")
        assert (row.record_id, row.recipients) == (data["task"], [NATIONAL_PROTECT])

    async def test_who_is_not_enrolled_has_no_inbox(self, scene: Scene) -> None:
        now = scene.clock.now()
        await scene.hear(event(task(now), now))
        assert await scene.rows("SELECT 1 FROM inbox_entries") == []

    async def test_a_batch_costs_the_same_whatever_its_size(self, scene: Scene) -> None:
        await scene.enrol("kent", "metropolitan")
        now = scene.clock.now()
        await scene.hear(event(task(now), now))
        one = scene.statements
        batch = [
            event(
                task(
                    now, together=str(uuid4()), pursue_action=str(uuid4()), urgency="life_risk" if n % 2 else "routine"
                ),
                now,
            )
            for n in range(200)
        ]
        await scene.hear(*batch)
        assert scene.statements == one + 0
        assert len(await scene.rows("SELECT 1 FROM alerts")) == 201
        print(f"statements per batch: {one}")

    async def test_the_national_stream_has_what_is_open_and_no_persons(self, scene: Scene) -> None:
        now = scene.clock.now()
        await scene.hear(event(task(now), now))
        (streamed,) = await scene.told(NATIONAL_PROTECT)
        assert "minimum" not in streamed["data"]
        assert streamed["data"]["acting"] == "metropolitan"


class TestSealed:
    def sealed(self, scene: Scene, **changes: Any) -> dict[str, Any]:
        return task(
            scene.clock.now(),
            sealed=True,
            title="MARKER",
            minimum={},
            named=["kent/second", "metropolitan/officer"],
            acting_contact="metropolitan/officer",
            urgency="life_risk",
            **changes,
        )

    async def test_it_climbs_the_named_and_nobody_else(self, scene: Scene) -> None:
        await scene.enrol("kent", "metropolitan", "nclcc")
        await scene.hear(event(self.sealed(scene), scene.clock.now()), topic=PROTECT_SEALED)
        await scene.settled()
        assert scene.channels["smtp"].to == ["b@kent.example"]
        assert scene.channels["log"].to == []
        await scene.escalate(timedelta(minutes=5))
        assert scene.channels["log"].to == ["officer"]
        await scene.escalate(timedelta(minutes=10))
        assert scene.channels["log"].to == ["officer", "sealed"]

    async def test_no_inbox_no_stream_no_row_holds_it(self, scene: Scene) -> None:
        await scene.enrol("kent", "metropolitan", "nclcc")
        await scene.hear(event(self.sealed(scene), scene.clock.now()), topic=PROTECT_SEALED)
        await scene.settled()
        assert await scene.rows("SELECT 1 FROM inbox_entries") == []
        topics = {row.aggregatetype for row in await scene.rows("SELECT DISTINCT aggregatetype FROM outbox")}
        assert NATIONAL_PROTECT not in topics
        assert ALERTS_EVENTS not in topics
        for table in ("tasks", "alerts", "deliveries", "links", "inbox_entries", "audit_log", "disclosures"):
            found = await scene.rows(f"SELECT 1 FROM {table} x WHERE to_jsonb(x)::text LIKE '%MARKER%'")
            assert found == []

    async def test_once_released_the_desk_hears_of_it_as_of_any_other(self, scene: Scene) -> None:
        await scene.enrol("kent")
        first = self.sealed(scene)
        await scene.hear(event(first, scene.clock.now()), topic=PROTECT_SEALED)
        released = after(first, TaskChange.RELEASED, sealed=False, title="Safeguard", named=[], minimum={})
        await scene.hear(event(released, scene.clock.now()))
        await scene.settled()
        assert scene.channels["log"].to == ["a"]
        rows = await scene.rows("SELECT sealed, status FROM alerts ORDER BY sealed")
        assert [tuple(row) for row in rows] == [(False, "open"), (True, "over")]
        (entry,) = await scene.inbox("kent")
        assert entry["type"] == "uk.nclcc.protect-task.raised.v1"
        assert "releas" not in str(entry)

    async def test_who_was_told_before_a_release_hears_of_its_retraction_and_in_a_sealed_alert(
        self, scene: Scene
    ) -> None:
        first = self.sealed(scene)
        await scene.hear(event(first, scene.clock.now()), topic=PROTECT_SEALED)
        released = after(first, TaskChange.RELEASED, sealed=False, title="Safeguard", named=[])
        await scene.hear(event(released, scene.clock.now()))
        await scene.hear(event(after(released, TaskChange.RETRACTED), scene.clock.now()))
        await scene.settled()
        assert scene.channels["smtp"].to == ["b@kent.example"] * 2
        assert scene.channels["log"].to == ["a"] * 2
        rows = await scene.rows("SELECT sealed, named FROM alerts WHERE kind = 'retraction' ORDER BY sealed")
        assert [tuple(row) for row in rows] == [(False, ["kent/first"]), (True, ["kent/second"])]

    async def test_those_who_were_told_are_stood_down(self, scene: Scene) -> None:
        first = self.sealed(scene)
        await scene.hear(event(first, scene.clock.now()), topic=PROTECT_SEALED)
        await scene.settled()
        down = after(first, TaskChange.STOOD_DOWN, status="withdrawn")
        await scene.hear(event(down, scene.clock.now()), topic=PROTECT_SEALED)
        await scene.settled()
        assert scene.channels["smtp"].to == ["b@kent.example"] * 2
        rows = await scene.rows("SELECT kind, status, sealed FROM alerts ORDER BY kind")
        assert [tuple(row) for row in rows] == [("stand_down", "open", True), ("tasks", "over", True)]
