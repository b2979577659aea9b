"""Answers by topic and by notify: receipts, reroutes, and the first one stands."""

from uuid import UUID

import asyncpg
import pytest

from services.safeguarding.repository import lock_actions_awaiting, lock_actions_of, lock_aggregates
from shared.contracts.protect import ANSWERED, AnswerKind
from tests.integration.safeguarding.conftest import Safeguarding
from tests.integration.safeguarding.samples import action


async def referral(safeguarding: Safeguarding) -> UUID:
    await safeguarding.acted(action())
    row = await safeguarding.task("children-england")
    return UUID(str(row["task"]))


async def test_accepted_on_the_topic_and_the_second_is_told_whose_it_was(safeguarding: Safeguarding) -> None:
    task = await referral(safeguarding)
    await safeguarding.respond("la-kent", AnswerKind.ACCEPTED, task)
    await safeguarding.respond("la-kent", AnswerKind.ACCEPTED, task, by="B. Person")
    assert await safeguarding.verdicts() == [("accepted", []), ("rejected", ["already_answered"])]
    row = await safeguarding.task("children-england")
    assert (row["status"], row["answered_by"], row["answered_for"]) == ("accepted", "A. Person", "la-kent")


async def test_another_organisation_and_an_unknown_task_get_the_same_receipt(safeguarding: Safeguarding) -> None:
    task = await referral(safeguarding)
    await safeguarding.respond("la-camden", AnswerKind.ACCEPTED, task)
    await safeguarding.respond("la-camden", AnswerKind.ACCEPTED, UUID(int=9))
    assert await safeguarding.verdicts() == [("rejected", ["known"])] * 2


async def test_a_decline_goes_to_the_next_in_one_event(safeguarding: Safeguarding) -> None:
    task = await referral(safeguarding)
    count = len(await safeguarding.told())
    await safeguarding.respond("la-kent", AnswerKind.DECLINED, task, reason="lives elsewhere")
    [(_, event)] = (await safeguarding.told())[count:]
    assert (event.change, event.task, event.status) == ("rerouted", task, "raised")
    assert event.recipient.model_dump() == {"organisation": "kent", "desk": "safeguarding"}
    assert event.previous_recipient is not None
    assert event.previous_recipient.organisation == "la-kent"
    assert event.reason == "lives elsewhere"


async def test_seen_once_then_done(safeguarding: Safeguarding) -> None:
    task = await referral(safeguarding)
    count = len(await safeguarding.told())
    common = {
        "task": str(task),
        "organisation": "la-kent",
        "by": "A. Person",
        "at": "2026-11-20T18:05:00Z",
        "way": "link",
    }
    kinds = ("acknowledged", "acknowledged", "accepted", "done")
    answers = [common | {"kind": kind, "answer": str(UUID(int=n))} for n, kind in enumerate(kinds, 1)]
    await safeguarding.hear(ANSWERED, *answers)
    told = (await safeguarding.told())[count:]
    assert [event.change for _, event in told] == ["seen", "accepted", "done"]
    assert [event.version for _, event in told] == [2, 3, 4]


async def test_an_answer_waits_for_a_change_of_its_action(safeguarding: Safeguarding) -> None:
    task = await referral(safeguarding)
    action_id = (await safeguarding.task("children-england"))["pursue_action"]
    async with safeguarding.open_work() as changing, safeguarding.open_work() as answering:
        await lock_aggregates(changing, [action_id])
        await answering.fetch("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await lock_actions_of(answering, [task])


async def test_a_line_waits_for_a_change_of_the_actions_that_follow_it(safeguarding: Safeguarding) -> None:
    line = UUID(int=77)
    await safeguarding.acted(action(places=[], people=[], line_id=str(line)))
    [row] = await safeguarding.rows("SELECT pursue_action FROM actions WHERE awaits_line = $1", line)
    async with safeguarding.open_work() as changing, safeguarding.open_work() as following:
        await lock_aggregates(changing, [row["pursue_action"]])
        await following.fetch("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await lock_actions_awaiting(following, [line])
