"""Plays a thread of the scenario in a world, step by step, and checks what came of each step before the next."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from nclcc.scenario import Action, Answer, Climb, Look, Parts, Protection, Publish, Step, Task, Thread, Way, roster_path
from services.notify.roster_file import load_roster
from shared.auth import Role
from shared.contracts.envelope import organisation_source
from shared.contracts.protect import AnswerKind, TaskChange
from shared.kernel.ids import derive
from tests.stories.world import ID_KEY, World

_SAID = {AnswerKind.ACKNOWLEDGED: "seen", AnswerKind.ACCEPTED: "accepted", AnswerKind.DECLINED: "declined"}
_TELLING = (TaskChange.REROUTED, TaskChange.RETRACTED, TaskChange.STOOD_DOWN, TaskChange.RELEASED)
MANNED = {
    f"{one.code}/{contact.desk}"
    for one in load_roster(roster_path().read_text(encoding="utf-8")).organisations
    for contact in one.contacts
}


def central_id(action: Action) -> UUID:
    """The centre's id of an action."""
    return derive(ID_KEY.encode(), "pursue-action", action.acting, str(action.action_id))


@dataclass
class Player:
    """One playing. `links` are the links that each desk was handed, newest last."""

    world: World
    links: dict[str, list[str]] = field(default_factory=dict)
    heard: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def play(self, thread: Thread) -> None:
        """Play every step; fails at the first that does not come out as the thread says."""
        for number, step in enumerate(thread.steps):
            before = await self._versions()
            await self._step(step, number)
            await self._check_tasks(step, before)

    async def _step(self, step: Step, number: int) -> None:
        match step:
            case Publish():
                await self._publish(step)
            case Answer():
                await self._answer(step, number)
            case Climb():
                await self._climb(step)
            case Look():
                await self._look(step)
            case Protection():
                await self._protection(step)
            case Parts():
                await self._parts(step)

    # -- the steps -----------------------------------------------------------------------------------------------

    async def _publish(self, step: Publish) -> None:
        key = str(step.action.action_id) if step.action else "none"
        self.world.publish(step.topic, step.body, key=key)
        await self.world.settle()
        receipts = await self.world.receipts(step.organisation)
        for event_id, wanted in ((str(step.event_id), step.receipt), *step.later_receipts):
            receipt = receipts.get(event_id)
            assert receipt is not None, f"{step.says}: no receipt"
            assert receipt["verdict"] == wanted.verdict, f"{step.says}: {receipt}"
            found = {(error["field"], error["rule"]) for error in receipt.get("errors", [])}
            assert found == set(wanted.errors), f"{step.says}: {found}"
            assert receipt.get("repeat", False) == wanted.repeat, f"{step.says}: {receipt}"
        for organisation in step.quiet:
            assert not await self._inbox_of_action(organisation, step), f"{step.says}: {organisation} heard of it"

    async def _answer(self, step: Answer, number: int) -> None:
        task = await self._task(step.action, step.task)
        if step.way is Way.KAFKA:
            data = {"task": task, "by": step.by} | ({"reason": step.reason} if step.reason else {})
            event = {
                "specversion": "1.0",
                "id": f"answer-{number}-{task}",
                "source": organisation_source(step.organisation),
                "type": step.kind.type,
                "time": self.world.clock.now().isoformat(),
                "data": data,
            }
            self.world.publish(f"org.{step.organisation}.responses.v1", event, key=task)
        elif step.way is Way.LINK:
            await self._by_link(step)
        else:
            token = self.world.token(step.organisation, Role.COORDINATOR, contact=None)
            async with self.world.http("safeguarding", token) as client:
                body = {"kind": step.kind.value, "reason": step.reason}
                response = await client.post(f"/v1/tasks/{task}/answers", json=body)
                assert response.status_code == 200, response.text
        await self.world.settle()

    async def _by_link(self, step: Answer) -> None:
        link = re.sub(r"^https://[^/]+", "", self.links[f"{step.organisation}/{step.task.desk}"][-1])
        async with self.world.http("notify") as client:
            before = await self._versions()
            page = await client.get(link)
            assert page.status_code == 200
            await self.world.settle()
            assert await self._versions() == before, "opening a link changed something"
            form = {"by": step.by, "said": _SAID[step.kind], "reason": step.reason or ""}
            answered = await client.post(link, data=form)
            assert answered.status_code == 200, answered.text

    async def _climb(self, step: Climb) -> None:
        task = await self._task(step.action, step.task)
        for _ in range(100):
            await self.world.advance(timedelta(minutes=1))
            rows = await self.world.rows("notify", "SELECT status FROM alerts WHERE tasks ? $1", task)
            self._take_hand_overs()
            if rows and rows[0].status == "fallback":
                assert self.heard["nclcc/duty", "life_risk"] + self.heard["nclcc/duty", "urgent"] >= 1
                return
        raise AssertionError(f"{step.says}: it did not reach the fallback")

    async def _look(self, step: Look) -> None:
        task = await self._task(step.action, step.task)
        token = self.world.token(step.organisation, Role.READER, Role.COORDINATOR, contact=step.contact)
        async with self.world.http("safeguarding", token) as client:
            response = await client.get(f"/v1/tasks/{task}")
        assert response.status_code == (200 if step.seen else 404), f"{step.says}: {response.text}"
        if step.seen:
            assert response.json()["minimum"], f"{step.says}: nothing to read"

    async def _protection(self, step: Protection) -> None:
        async with self.world.http("safeguarding", self.world.token(step.action.acting, Role.PUBLISHER)) as client:
            response = await client.get("/v1/protection", params={"pursue_action": str(step.action.action_id)})
        assert response.status_code == 200, f"{step.says}: {response.text}"
        rules = {one["rule"] for one in response.json()["tasks"]}
        assert {task.rule for task in step.tasks} <= rules, f"{step.says}: {rules}"

    async def _parts(self, step: Parts) -> None:
        async with self.world.http("tasking", self.world.token(step.action.acting, Role.PUBLISHER)) as client:
            response = await client.get(f"/v1/pursue-actions/{central_id(step.action)}")
        assert response.status_code == 200, f"{step.says}: {response.text}"
        found = {part["organisation"]: part["status"] for part in response.json()["parts"]}
        assert found == step.statuses, step.says

    # -- what came of them ---------------------------------------------------------------------------------------

    async def _check_tasks(self, step: Step, before: dict[str, tuple[int, Any]]) -> None:
        """The tasks that became known and those that changed are those of the story, and so are the desks told."""
        rows = await self._rows()
        raised, changed = set(), set()
        for task, row in rows.items():
            known, was = row.told, before.get(task)
            if known and (was is None or not was[1]):
                raised.add((row.organisation, row.desk, row.rule))
            elif was is not None and was[0] != row.version and row.told:
                changed.add((row.organisation, row.desk, row.rule))
        wanted_raised = {_key(task) for task in getattr(step, "raised", ())}
        wanted_changed = {_key(one.task) for one in getattr(step, "changed", ())}
        assert raised == wanted_raised, f"{step.says}: raised {raised ^ wanted_raised}"
        assert changed == wanted_changed, f"{step.says}: changed {changed ^ wanted_changed}"
        told = {to for to, _ in self._take_hand_overs()}
        if not isinstance(step, Climb):
            wanted = self._desks_told(step)
            assert told == wanted, f"{step.says}: told {told}, expected {wanted}"

    def _desks_told(self, step: Step) -> set[str]:
        """A desk that nobody stands behind is told by the centre's."""
        wanted = {f"{task.organisation}/{task.desk}" for task in getattr(step, "raised", ())}
        for one in getattr(step, "changed", ()):
            if one.change in _TELLING:
                wanted.add(f"{one.task.organisation}/{one.task.desk}")
        manned = {desk if desk in MANNED else "nclcc/duty" for desk in wanted}
        return manned | set(getattr(step, "alerted", ()))

    def _take_hand_overs(self) -> list[tuple[str, str]]:
        found = []
        for one in self.world.told():
            desk = one.to.split(" ")[0]
            found.append((desk, one.urgency))
            self.heard[desk, one.urgency] += 1
            if one.link:
                self.links.setdefault(desk, []).append(one.link)
        return found

    async def _rows(self) -> dict[str, Any]:
        rows = await self.world.rows("safeguarding", "SELECT * FROM tasks")
        return {str(row.task): row for row in rows}

    async def _versions(self) -> dict[str, tuple[int, Any]]:
        return {task: (row.version, row.told) for task, row in (await self._rows()).items()}

    async def _task(self, action: Action, task: Task) -> str:
        rows = await self.world.rows(
            "safeguarding",
            "SELECT task FROM tasks WHERE pursue_action = $1 AND rule = $2 AND organisation = $3 AND desk = $4",
            central_id(action),
            task.rule,
            task.organisation,
            task.desk,
        )
        assert rows, f"there is no task {task}"
        return str(rows[0].task)

    async def _inbox_of_action(self, organisation: str, step: Publish) -> list[Any]:
        assert step.action is not None
        ids = {str(central_id(step.action)), str(step.action.action_id)}
        entries = await self.world.inbox(organisation)
        return [entry for entry in entries if any(one in json.dumps(entry) for one in ids)]


def _key(task: Task) -> tuple[str, str, str]:
    return task.organisation, task.desk, task.rule
