"""Intake on real PostgreSQL: every submission one receipt, repeats and conflicts told apart."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from shared.bus.record import Record
from shared.bus.submissions import Intake, Sorted
from shared.bus.work import Work
from shared.contracts.model import Contract
from shared.contracts.receipts import Receipt, Verdict

OpenWork = Callable[[], Work]


class Thing(Contract):
    """What this test submits."""

    n: int


class TestIntake:
    intake: ClassVar = Intake("tasking", {"thing.v1": Thing})

    async def take(self, open_work: OpenWork, *records: Record) -> tuple[Sorted, list[Receipt]]:
        async with open_work() as work:
            found = await self.intake.claim(work, [self.intake.read(record) for record in records])
            receipts = [*found.receipts]
            receipts += [self.intake.receipt(work, one, Verdict.ACCEPTED) for one in found.fresh]
            await work.commit()
        return found, receipts

    async def test_a_new_one_is_fresh_and_its_repeat_gets_the_first_receipt_again(self, open_work: OpenWork) -> None:
        _, first = await self.take(open_work, message(0))
        found, again = await self.take(open_work, message(1))
        assert [one.verdict for one in first] == [Verdict.ACCEPTED]
        assert not found.fresh
        assert [(one.receipt, one.repeat) for one in again] == [(first[0].receipt, True)]

    async def test_the_same_message_read_twice_by_us_makes_no_second_receipt(self, open_work: OpenWork) -> None:
        await self.take(open_work, message(0))
        found, receipts = await self.take(open_work, message(0))
        assert (found.fresh, receipts) == ([], [])

    async def test_another_body_under_the_same_id_is_a_conflict_and_overwrites_nothing(
        self, open_work: OpenWork
    ) -> None:
        await self.take(open_work, message(0, n=1))
        _, receipts = await self.take(open_work, message(1, n=2))
        assert [(one.verdict, one.errors[0].rule) for one in receipts] == [(Verdict.REJECTED, "conflict")]
        _, again = await self.take(open_work, message(2, n=1))
        assert [one.verdict for one in again] == [Verdict.ACCEPTED]

    async def test_a_conflict_that_is_sent_again_is_told_again(self, open_work: OpenWork) -> None:
        for offset, n in enumerate((1, 2, 2)):
            await self.take(open_work, message(offset, n=n))
        async with open_work() as work:
            rows = await work.fetch("SELECT DISTINCT id FROM outbox WHERE aggregatetype = 'tasking.receipts.events.v1'")
        assert len(rows) == 3

    async def test_an_impersonator_with_an_id_that_was_used_alerts_the_centre_too(self, open_work: OpenWork) -> None:
        await self.take(open_work, message(0))
        await self.take(open_work, message(1, source="urn:nclcc:org:essex"))
        assert await sent(open_work, "tasking.notices.urgent.v1") == 1

    async def test_spacing_and_order_of_keys_make_no_conflict(self, open_work: OpenWork) -> None:
        await self.take(open_work, message(0))
        spaced = json.dumps(dict(reversed(list(document().items()))), indent=3).encode()
        _, receipts = await self.take(open_work, message(1, raw=spaced))
        assert [one.repeat for one in receipts] == [True]

    async def test_a_repeat_and_a_conflict_inside_one_batch(self, open_work: OpenWork) -> None:
        found, receipts = await self.take(open_work, message(0), message(1), message(2, n=9))
        assert len(found.fresh) == 1
        assert sorted(one.verdict for one in receipts) == [Verdict.ACCEPTED, Verdict.REJECTED]
        assert await sent(open_work, "tasking.receipts.events.v1") == 3

    async def test_another_organisations_source_is_rejected_and_the_centre_alerted(self, open_work: OpenWork) -> None:
        _, receipts = await self.take(open_work, message(0, source="urn:nclcc:org:essex"))
        assert [(one.organisation, one.errors[0].field) for one in receipts] == [("kent", "source")]
        assert await sent(open_work, "tasking.notices.urgent.v1") == 1

    async def test_an_impersonator_does_not_use_up_the_victims_id(self, open_work: OpenWork) -> None:
        await self.take(open_work, message(0, source="urn:nclcc:org:essex"))
        found, _ = await self.take(open_work, message(0, topic="org.essex.pursue.v1", source="urn:nclcc:org:essex"))
        assert len(found.fresh) == 1

    async def test_bytes_without_an_id_get_a_receipt_by_their_place(self, open_work: OpenWork) -> None:
        _, receipts = await self.take(open_work, message(0, raw=b"\xff"), message(1, raw=None, empty=True))
        assert [(one.event_id, one.offset, one.errors[0].rule) for one in receipts] == [
            (None, 0, "json"),
            (None, 1, "tombstone"),
        ]

    async def test_unknown_types_and_wrong_fields_name_field_and_rule(self, open_work: OpenWork) -> None:
        _, receipts = await self.take(
            open_work,
            message(0, id="a", type="thing.v2"),
            message(1, id="b", data={"n": "x", "surprise": 1}),
            message(2, id="c", raw=b" " * (1024 * 1024 + 1)),
        )
        found = {(error.field, error.rule) for one in receipts for error in one.errors}
        assert found == {
            ("type", "known"),
            ("data.n", "int_parsing"),
            ("data.surprise", "extra_forbidden"),
            ("(message)", "size"),
        }

    async def test_a_batch_costs_the_same_whatever_its_size(self, open_work: OpenWork) -> None:
        costs = []
        for start, count in ((0, 1), (1000, 300)):
            async with open_work() as work:
                submitted = [self.intake.read(message(start + n, id=f"i{start + n}")) for n in range(count)]
                found = await self.intake.claim(work, submitted)
                for one in found.fresh:
                    self.intake.receipt(work, one, Verdict.ACCEPTED)
                await work.commit()
                costs.append(work.statements)
        assert costs[0] == costs[1]


def document(**changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "e-1",
        "source": "urn:nclcc:org:kent",
        "type": "thing.v1",
        "time": "2026-11-20T18:03:00Z",
        "data": {"n": 1},
    } | changes


def message(
    offset: int,
    raw: bytes | None = None,
    n: int = 1,
    topic: str = "org.kent.pursue.v1",
    empty: bool = False,
    **changes: Any,
) -> Record:
    value = None if empty else raw or json.dumps(document(**({"data": {"n": n}} | changes))).encode()
    return Record(topic, 0, offset, b"k", value, (), datetime(2026, 11, 20, 18, 3, tzinfo=UTC))


async def sent(open_work: OpenWork, topic: str) -> int:
    async with open_work() as work:
        rows: Sequence[Any] = await work.fetch("SELECT count(*) AS n FROM outbox WHERE aggregatetype = $1", topic)
    return int(rows[0].n)
