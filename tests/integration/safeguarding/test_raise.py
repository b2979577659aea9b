"""From tasking's event to the tasks, the rows, the events and the audit log."""

from typing import Any

import orjson
import pytest

from shared.contracts.topics import PROTECT_EVENTS, PROTECT_SEALED, PROTECT_URGENT
from tests.integration.safeguarding.conftest import Safeguarding
from tests.integration.safeguarding.samples import CHILD, FLAT, NORWICH, PRE_BRIEF, action, our_id

NORWICH_PLACE = {"ref": "norwich", "district": NORWICH, "kind": "street"}


async def test_an_executed_action_tells_everyone_whom_it_concerns(safeguarding: Safeguarding) -> None:
    await safeguarding.acted(action())
    told = await safeguarding.told()
    assert {(task.rule, task.recipient.organisation, task.recipient.desk) for _, task in told} == {
        ("receiving-force", "kent", "safeguarding"),
        ("children-england", "la-kent", "children"),
        ("emergency-duty-england", "la-kent", "edt"),
        ("host-authority-england", "la-kent", "children"),
        ("home-authority-england", "la-camden", "children"),
        ("housing-england-wales", "la-thanet", "housing"),
        ("voluntary-support", "catch22", "voluntary"),
    }
    assert {topic for topic, _ in told} == {PROTECT_EVENTS}
    kent = {
        task.together
        for _, task in told
        if task.recipient.desk == "children" and task.recipient.organisation == "la-kent"
    }
    assert len(kent) == 1


async def test_the_envelope_names_task_version_action_and_cause(safeguarding: Safeguarding) -> None:
    await safeguarding.acted(action())
    _, event = (await safeguarding.sent("safeguarding.protect."))[0]
    assert event.subject == event.data["task"]
    assert (event.aggregateversion, event.correlationid) == (1, str(our_id()))
    assert event.causationid is not None
    keys = await safeguarding.rows("SELECT DISTINCT aggregateid FROM outbox")
    assert keys == [{"aggregateid": str(our_id())}]


async def test_the_same_again_and_an_older_version_change_nothing(safeguarding: Safeguarding) -> None:
    second = action(version=2, places=[FLAT, NORWICH_PLACE])
    await safeguarding.acted(second)
    before = await safeguarding.told()
    await safeguarding.acted(second)
    await safeguarding.acted(action(version=1))
    assert await safeguarding.told() == before


async def test_a_batch_that_holds_every_version_ends_as_one_by_one(safeguarding: Safeguarding) -> None:
    versions = [
        action(version=1, status="proposed"),
        action(version=3, places=[NORWICH_PLACE], people=[]),
        action(version=2),
    ]
    await safeguarding.acted(*versions)
    assert {task.rule for _, task in await safeguarding.told()} == {"receiving-force"}


@pytest.mark.parametrize("changed", [{"urgency": "life_risk"}, {"status": "retracted"}])
async def test_life_risk_and_retractions_have_a_lane_of_their_own(
    safeguarding: Safeguarding, changed: dict[str, Any]
) -> None:
    await safeguarding.acted(action())
    count = len(await safeguarding.told())
    await safeguarding.acted(action(version=2, **changed))
    assert {topic for topic, _ in (await safeguarding.told())[count:]} == {PROTECT_URGENT}


async def test_backfill_is_recorded_and_says_so(safeguarding: Safeguarding) -> None:
    await safeguarding.acted(action(backfill=True, urgency="life_risk"))
    told = await safeguarding.told()
    assert told
    assert all(task.backfill and topic == PROTECT_EVENTS for topic, task in told)


async def test_every_change_stands_in_the_audit_log(safeguarding: Safeguarding) -> None:
    await safeguarding.acted(action())
    rows = await safeguarding.rows("SELECT record_id FROM audit_log WHERE record_kind = 'protect_task'")
    assert {row["record_id"] for row in rows} == {str(task.task) for _, task in await safeguarding.told()}


class TestSealed:
    async def test_a_pointer_for_the_named_and_silence_for_the_rest(self, safeguarding: Safeguarding) -> None:
        await safeguarding.acted(action(status="authorised", sealed=True, **PRE_BRIEF))
        [(topic, task)] = await safeguarding.told()
        assert (topic, task.rule, task.named) == (
            PROTECT_SEALED,
            "receiving-force",
            ["kent/kent-dsl", "metropolitan/met-officer"],
        )
        assert (task.minimum, task.missing) == ({}, [])
        stored = orjson.dumps([str(row) for row in await safeguarding.rows("SELECT * FROM tasks")]).decode()
        assert CHILD["identity"]["name"] not in stored
        assert FLAT["address"] not in stored

    async def test_release_opens_it_to_everyone(self, safeguarding: Safeguarding) -> None:
        await safeguarding.acted(action(status="authorised", sealed=True, **PRE_BRIEF))
        await safeguarding.acted(action(version=2))
        opened = (await safeguarding.told())[1:]
        assert {topic for topic, _ in opened} == {PROTECT_EVENTS}
        assert {task.rule: task.change for _, task in opened}["receiving-force"] == "released"
        assert all(task.minimum for _, task in opened)

    async def test_cancelling_reaches_the_named_only(self, safeguarding: Safeguarding) -> None:
        await safeguarding.acted(action(status="authorised", sealed=True, **PRE_BRIEF))
        await safeguarding.acted(action(version=2, status="cancelled", sealed=True, **PRE_BRIEF))
        [_, (topic, task)] = await safeguarding.told()
        assert (topic, task.change, task.status) == (PROTECT_SEALED, "stood-down", "withdrawn")


async def test_a_batch_costs_the_same_number_of_statements_whatever_its_size(safeguarding: Safeguarding) -> None:
    postcode = {"ref": "c", "postcode": "CT9 1AA"}
    await safeguarding.acted(action(1, places=[FLAT, postcode]))
    alone = safeguarding.statements
    await safeguarding.acted(*(action(number, places=[FLAT, postcode]) for number in range(2, 102)))
    assert safeguarding.statements == alone
    assert alone <= 6
    [counted] = await safeguarding.rows("SELECT count(DISTINCT pursue_action) AS actions FROM tasks")
    assert counted["actions"] == 101
