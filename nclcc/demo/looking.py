"""Scenes in which somebody looks something up: a sealed task, what became of an action, the parts of a joint one."""

from typing import Any

from nclcc.demo.failure import StepFailed
from nclcc.demo.screen import Kind
from nclcc.demo.stage import PATIENCE, Stage
from nclcc.scenario import Look, Parts, Protection
from shared.auth import Role


async def look(stage: Stage, step: Look) -> None:
    """Open a task: 200 for whom it is meant, 404 for anyone else, as if it did not exist."""
    stage.timeline.say(Kind.STEP, step.organisation, step.says)
    task = stage.watcher.seen.task_id(step.action, step.task)
    roles = [Role.READER, Role.COORDINATOR]
    token = stage.token(step.organisation, roles, contact=step.contact, desks=[step.desk])
    answer = await stage.ask("safeguarding", "GET", f"/v1/tasks/{task}", token)
    wanted = 200 if step.seen else 404
    if answer.status_code != wanted:
        raise StepFailed(step.says, f"status {wanted}", f"status {answer.status_code}")
    stage.timeline.say(Kind.CHECK, step.contact or step.organisation, "reads it" if step.seen else "finds nothing")


async def protection(stage: Stage, step: Protection) -> None:
    """The acting force asks whom its action concerned; raises StepFailed if a task is not among the answers."""
    acting = step.action.acting
    stage.timeline.say(Kind.STEP, acting, step.says)
    token = stage.token(acting, [Role.READER, Role.PUBLISHER])
    path = f"/v1/protection?pursue_action={step.action.action_id}"
    answer = await stage.ask("safeguarding", "GET", path, token)
    if answer.status_code != 200:
        raise StepFailed(step.says, "status 200", f"status {answer.status_code}")
    found = {_recipient(one): one["status"] for one in _tasks(answer.json())}
    missing = [str(task) for task in step.tasks if not any(key[2] == task.rule for key in found)]
    if missing:
        raise StepFailed(step.says, "every task of the action", f"without {', '.join(missing)}")
    for (organisation, desk, rule), status in sorted(found.items()):
        stage.timeline.say(Kind.CHECK, f"{organisation}/{desk}", f"{status}: {rule}")


async def parts(stage: Stage, step: Parts) -> None:
    """Wait until the lead shows every part as the story says."""
    stage.timeline.say(Kind.STEP, step.action.acting, step.says)
    key = (step.action.acting, str(step.action.action_id))

    def now() -> dict[str, Any]:
        known = stage.watcher.seen.actions.get(key)
        return {part["organisation"]: part.get("status") for part in known["parts"]} if known else {}

    def unmet() -> list[str]:
        return [] if now() == step.statuses else [f"parts {step.statuses}"]

    await stage.wait_for(step.says, unmet, lambda: f"parts {now()}", PATIENCE)
    for organisation, status in now().items():
        stage.timeline.say(Kind.CHECK, organisation, f"{status}")


def _tasks(answer: Any) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = answer["tasks"] if isinstance(answer, dict) else answer
    return tasks


def _recipient(task: dict[str, Any]) -> tuple[str, str, str]:
    return task["recipient"]["organisation"], task["recipient"]["desk"], task["rule"]
