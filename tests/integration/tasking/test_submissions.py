"""Submissions on a real database: what is stored, what is said, and what it costs."""

import asyncio

import pytest

from services.tasking import consumer
from services.tasking.handlers.submissions import take_submissions
from shared.contracts.pursue import PursueActionChanged
from shared.contracts.receipts import Receipt
from shared.contracts.topics import PURSUE_EVENTS, PURSUE_SEALED, PURSUE_URGENT
from tests.integration.tasking.conftest import Tasking
from tests.integration.tasking.samples import KEY, action_id, details, our_id, sealed, submission


class TestOneAction:
    async def test_its_life_is_told_step_by_step(self, tasking: Tasking) -> None:
        for revision, verb in enumerate(("proposed", "authorised", "amended", "executed", "closed"), 1):
            await tasking.take(submission(verb, revision, details(summary=f"as of {revision}")))
        changes = await tasking.changes()
        assert [(one.data["version"], one.data["change"], one.data["status"]) for one in changes] == [
            (1, "proposed", "proposed"),
            (2, "authorised", "authorised"),
            (3, "amended", "authorised"),
            (4, "executed", "executed"),
            (5, "closed", "closed"),
        ]
        assert changes[3].data["changed"] == ["summary"]
        assert {one.topic for one in changes} == {PURSUE_EVENTS}
        assert [one.event.aggregateversion for one in changes] == [1, 2, 3, 4, 5]
        history = await tasking.rows("SELECT verb, revision, event_id, by FROM history ORDER BY version")
        assert [row["event_id"] for row in history] == [f"one-{n}" for n in range(1, 6)]
        assert {row["by"] for row in history} == {"merseyside"}

    async def test_every_event_keeps_the_contract(self, with_contacts: Tasking) -> None:
        await with_contacts.take(submission("proposed", 1, sealed()))
        await with_contacts.take(submission("executed", 2), submission("retracted", 3))
        for one in await with_contacts.changes():
            told = PursueActionChanged.model_validate(dict(one.data))
            assert told.released is not told.sealed
            assert str(told.pursue_action) == one.event.subject == our_id("one")
        for receipt in await with_contacts.receipts():
            Receipt.model_validate(receipt)

    async def test_a_batch_out_of_order_is_put_in_order(self, tasking: Tasking) -> None:
        await tasking.take(submission("closed", 3), submission("proposed", 1), submission("executed", 2))
        assert [one.data["change"] for one in await tasking.changes()] == ["proposed", "executed", "closed"]
        assert {verdict for _, verdict in await tasking.verdicts()} == {"accepted"}

    async def test_backfill_travels_along(self, tasking: Tasking) -> None:
        await tasking.take(submission("executed", 1, mode="backfill"))
        assert (await tasking.changes())[0].data["backfill"] is True

    async def test_validate_only_leaves_a_receipt_and_nothing_else(self, tasking: Tasking) -> None:
        await tasking.take(
            submission("executed", 1, mode="validate_only"), submission("closed", 1, name="two", mode="validate_only")
        )
        assert sorted(await tasking.verdicts()) == [("one-1", "valid"), ("two-1", "rejected")]
        assert await tasking.changes() == []
        for table in ("pursue_actions", "history", "waiting", "audit_log"):
            assert await tasking.rows(f"SELECT * FROM {table}") == []


class TestRepeats:
    async def test_the_same_message_read_twice_is_silent(self, tasking: Tasking) -> None:
        records = await tasking.take(submission("executed", 1))
        await tasking.handle(consumer.submissions(tasking.intake, KEY), records)
        assert len(await tasking.changes()) == len(await tasking.receipts()) == 1

    async def test_the_same_event_again_gets_the_first_receipt_again(self, tasking: Tasking) -> None:
        await tasking.take(submission("executed", 1))
        await tasking.take(submission("executed", 1))
        first, again = await tasking.receipts()
        assert (first["receipt"], first["verdict"], again["repeat"]) == (again["receipt"], "accepted", True)
        assert len(await tasking.changes()) == 1

    async def test_the_same_id_with_another_body_is_a_conflict(self, tasking: Tasking) -> None:
        await tasking.take(submission("executed", 1))
        await tasking.take(submission("executed", 1, details(urgency="urgent")))
        assert (await tasking.receipts())[1]["errors"][0]["rule"] == "conflict"
        assert len(await tasking.changes()) == 1


class TestRejected:
    @pytest.mark.parametrize(
        ("raw", "field"),
        [
            (b"{", "(message)"),
            (submission("executed", 1, {"urgency": "soon"}), "data.action.urgency"),
            (submission("executed", 1, {"urgency": "urgent"}), "data.action"),
            (submission("executed", 1, source="kent"), "source"),
            (submission("closed", 1), "type"),
            (submission("executed", 1).replace(b"executed.v1", b"executed.v9"), "type"),
            (submission("executed", 1).replace(b"2026-11-20T18", b"0001-01-01T00"), "time"),
        ],
    )
    async def test_the_receipt_names_the_field(self, tasking: Tasking, raw: bytes, field: str) -> None:
        await tasking.take(raw, submission("executed", 1, name="good"))
        receipts = await tasking.receipts()
        rejected = [one for one in receipts if one["verdict"] == "rejected"]
        assert field in [error["field"] for error in rejected[0]["errors"]]
        assert len(await tasking.changes()) == 1

    async def test_whoever_speaks_as_another_is_reported_to_the_centre(self, tasking: Tasking) -> None:
        await tasking.take(submission("executed", 1, source="kent"))
        (notice,) = await tasking.sent("tasking.notices.")
        assert (notice.data["kind"], notice.data["organisation"]) == ("impersonation", "merseyside")


class TestSealed:
    async def test_it_travels_apart_until_it_is_released(self, with_contacts: Tasking) -> None:
        tasking = with_contacts
        await tasking.take(submission("proposed", 1, sealed(urgency="life_risk")))
        await tasking.take(submission("amended", 2, details(urgency="urgent")))
        await tasking.take(submission("executed", 3, details(urgency="life_risk")))
        told = [(one.topic, one.data["sealed"], one.data["released"]) for one in await tasking.changes()]
        assert told == [(PURSUE_SEALED, True, False), (PURSUE_EVENTS, False, True), (PURSUE_URGENT, False, True)]

    async def test_what_ends_sealed_is_told_in_the_sealed_topic_only(self, with_contacts: Tasking) -> None:
        await with_contacts.take(
            submission("proposed", 1, sealed(), name="a"), submission("proposed", 1, sealed(), name="b")
        )
        await with_contacts.take(submission("cancelled", 2, name="a"), submission("retracted", 2, name="b"))
        assert {one.topic for one in await with_contacts.changes()} == {PURSUE_SEALED}

    async def test_an_invalid_contact_rejects_and_stores_nothing(self, with_contacts: Tasking) -> None:
        nobody = [{"organisation": "kent", "contact": "nobody"}]
        await with_contacts.take(submission("proposed", 1, sealed(pre_brief=nobody)))
        (receipt,) = await with_contacts.receipts()
        assert [(one["field"], one["rule"]) for one in receipt["errors"]] == [
            ("data.action.pre_brief[0].contact", "valid_contact")
        ]
        assert await with_contacts.rows("SELECT * FROM pursue_actions") == []

    async def test_a_retraction_of_what_was_open_is_urgent(self, tasking: Tasking) -> None:
        await tasking.take(submission("executed", 1))
        await tasking.take(submission("retracted", 2))
        assert [one.topic for one in await tasking.changes()] == [PURSUE_EVENTS, PURSUE_URGENT]


class TestRetractedUnseen:
    async def test_nobody_is_told_and_the_action_is_refused_later(self, tasking: Tasking) -> None:
        await tasking.take(submission("retracted", 2))
        await tasking.take(submission("executed", 1))
        assert await tasking.verdicts() == [("one-2", "accepted"), ("one-1", "rejected")]
        assert await tasking.changes() == []


class TestReadAhead:
    async def test_it_takes_life_risk_and_retractions_and_claims_nothing_else(self, tasking: Tasking) -> None:
        records = [
            tasking.record(submission("executed", 1, name="routine")),
            tasking.record(submission("executed", 1, details(urgency="life_risk"), name="risk")),
            tasking.record(submission("retracted", 1, name="error")),
            tasking.record(submission("executed", 1, details(title='says "life_risk"'), name="quotes")),
            tasking.record(submission("executed", 1, details(urgency="life_risk", odd=1), name="wrong")),
        ]
        # escaped, the quotes in the title are not the marker; the wrong one has it and is left alone all the same
        assert await tasking.read_ahead(records) == 3
        claimed = await tasking.rows("SELECT event_id FROM submissions ORDER BY event_id")
        assert [row["event_id"] for row in claimed] == ["error-1", "risk-1"]
        await tasking.handle(consumer.submissions(tasking.intake, KEY), records)
        verdicts = await tasking.verdicts()
        assert len(verdicts) == len(dict(verdicts)) == 5
        assert dict(verdicts)["wrong-1"] == "rejected"

    async def test_what_it_overtook_is_stale(self, tasking: Tasking) -> None:
        records = [
            tasking.record(submission("proposed", 1)),
            tasking.record(submission("executed", 2, details(urgency="life_risk"))),
        ]
        await tasking.read_ahead(records)
        await tasking.handle(consumer.submissions(tasking.intake, KEY), records)
        assert await tasking.verdicts() == [("one-2", "accepted"), ("one-1", "rejected")]

    async def test_both_lanes_at_once_give_one_verdict_each(self, tasking: Tasking) -> None:
        risk = details(urgency="life_risk")
        records = [
            tasking.record(submission(verb, revision, said, name=f"{n}"))
            for n in range(30)
            for revision, verb, said in ((1, "proposed", None), (2, "executed", risk), (3, "closed", None))
        ]
        main = consumer.submissions(tasking.intake, KEY)
        await asyncio.gather(tasking.read_ahead(records), tasking.handle(main, records))
        final = [id for id, verdict in await tasking.verdicts() if verdict != "waiting"]
        assert len(final) == len(set(final)) == len(records)
        ended = await tasking.rows("SELECT status, count(*) AS n FROM pursue_actions GROUP BY status")
        assert ended == [{"status": "closed", "n": 30}]


class TestCost:
    @pytest.mark.parametrize("kind", ["first", "waiting", "following"])
    async def test_a_batch_costs_the_same_whatever_its_size(self, with_contacts: Tasking, kind: str) -> None:
        tasking, cost = with_contacts, {}
        for size in (1, 200):
            names = [f"{size}-{n}" for n in range(size)]
            first = [submission("proposed", 1, sealed(), name=name) for name in names]
            second = [submission("authorised", 2, sealed(), name=name) for name in names]
            batches = {"first": [first], "waiting": [second], "following": [second, first]}[kind]
            for batch in batches:
                await tasking.take(*batch)
            cost[size] = tasking.statements
        # claim, lock, gather, write, and a NOTIFY for each relay lane that this process does not hold itself
        lanes = 1 if kind == "waiting" else 2
        assert cost == {1: 4 + lanes, 200: 4 + lanes}

    async def test_a_batch_of_repeats_is_answered_without_deciding(self, tasking: Tasking) -> None:
        batch = [submission("executed", 1, name=f"{n}") for n in range(50)]
        await tasking.take(*batch)
        await tasking.take(*batch)
        assert tasking.statements == 4


class TestAudit:
    async def test_collection_and_change_stand_in_the_same_transaction(self, tasking: Tasking) -> None:
        await tasking.take(submission("executed", 1))
        rows = await tasking.rows(
            "SELECT action, record_kind, record_id, actor, organisation, way FROM audit_log ORDER BY action"
        )
        assert [row["action"] for row in rows] == ["alteration", "collection"]
        assert {(row["record_kind"], row["record_id"]) for row in rows} == {("pursue_action", our_id("one"))}
        assert {(row["actor"], row["organisation"], row["way"]) for row in rows} == {
            ("merseyside", "merseyside", "kafka")
        }

    async def test_a_batch_that_fails_leaves_nothing(self, tasking: Tasking) -> None:
        one = tasking.intake.read(tasking.record(submission("executed", 1)))
        async with tasking.open_work() as work:
            await take_submissions(work, [one], tasking.intake, KEY)
            await work.flush()
        for table in ("pursue_actions", "submissions", "outbox", "audit_log"):
            assert await tasking.rows(f"SELECT * FROM {table}") == []

    async def test_the_public_cannot_compute_our_id(self) -> None:
        assert our_id("one") != action_id("one")
        assert our_id("one") != our_id("one", "kent")
