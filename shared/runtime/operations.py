"""The routes that every service has: health, metrics, dead letters."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from shared.audit import Action, Entry, Way, record
from shared.auth import Role
from shared.bus.dead_letters import list_dead_letters, request_replay
from shared.observability import metrics
from shared.runtime.context import Context
from shared.runtime.http import Caller, require


class Replay(BaseModel):
    """Which dead letters to take again: a consumer group's, perhaps of one topic only."""

    consumer: str
    topic: str | None = None


def router(context: Context, health: "Health") -> APIRouter:
    """Health and metrics are open to whoever reaches the port; the rest asks for an operator."""
    routes = APIRouter()

    @routes.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @routes.get("/readyz")
    async def ready(response: Response) -> dict[str, Any]:
        waiting = await health.waiting_for()
        if waiting:
            response.status_code = 503
        return {"status": "waiting" if waiting else "ready", "waiting_for": waiting}

    @routes.get("/metrics")
    async def figures() -> Response:
        metrics.READY.set(0 if await health.waiting_for() else 1)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @routes.get("/v1/dead-letters")
    async def dead_letters(caller: Caller) -> list[dict[str, Any]]:
        require(caller, Role.OPERATOR)
        async with context.open_work() as work:
            found = await list_dead_letters(work)
            record(work, _entry(caller.subject, caller.organisation, Action.CONSULTATION, "all"))
            await work.commit()
        return [asdict(one) for one in found]

    @routes.post("/v1/dead-letters/replay", status_code=202)
    async def replay(caller: Caller, wanted: Replay) -> dict[str, int]:
        require(caller, Role.OPERATOR)
        async with context.open_work() as work:
            count = await request_replay(work, wanted.consumer, wanted.topic)
            record(work, _entry(caller.subject, caller.organisation, Action.ALTERATION, wanted.consumer))
            await work.commit()
        context.wake_timer("dead-letters")
        return {"requested": count}

    return routes


class Health:
    """Why the process is not ready, part by part."""

    def __init__(self) -> None:
        self.checks: list[Any] = []

    async def waiting_for(self) -> dict[str, str]:
        """Part to reason; empty when all is well."""
        found: dict[str, str] = {}
        for name, check in self.checks:
            why = await check()
            if why:
                found[name] = why
        return found


def _entry(actor: str, organisation: str, action: Action, of: str) -> Entry:
    return Entry(
        action=action,
        record_kind="dead_letters",
        record_id=of,
        actor=actor,
        organisation=organisation,
        way=Way.API,
    )
