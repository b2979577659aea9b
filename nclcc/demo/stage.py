"""What a scene needs: the outside organisations, the operator's view, the APIs, the log channel, the screen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import httpx

from nclcc.demo.failure import StepFailed
from nclcc.demo.force import Force
from nclcc.demo.screen import Timeline
from nclcc.demo.watcher import Watcher
from shared.auth import Role

PATIENCE: Final = 10.0
"""Seconds until a step that has not come out as expected ends the demonstration."""
SETTLING: Final = 0.25
"""Seconds in which what must not happen would have happened."""


class Tokens(Protocol):
    """Makes a bearer token for a person of an organisation."""

    def __call__(
        self,
        organisation: str,
        roles: Iterable[Role],
        *,
        contact: str | None = None,
        desks: Iterable[str] | None = None,
        name: str | None = None,
    ) -> str: ...


@dataclass(slots=True)
class Stage:
    """Set up once and handed from scene to scene."""

    watcher: Watcher
    forces: Mapping[str, Force]
    http: httpx.AsyncClient
    address: Callable[[str], str]
    token: Tokens
    timeline: Timeline
    submissions: int = 0
    answers: int = 0

    async def wait_for(self, step: str, unmet: Callable[[], list[str]], came: Callable[[], str], within: float) -> None:
        """Until nothing is unmet; raises StepFailed naming what still is."""
        done = await self.watcher.until(lambda: True if not unmet() else None, within)
        if not done:
            raise StepFailed(step, "; ".join(unmet()) + f", within {within:.0f} s", came())

    async def ask(self, service: str, method: str, path: str, token: str, **more: Any) -> httpx.Response:
        """A request to a service's API as whoever the token is for."""
        headers = {"authorization": f"Bearer {token}"}
        return await self.http.request(method, f"{self.address(service)}{path}", headers=headers, **more)


def milliseconds(since: datetime, until: datetime | None = None) -> float:
    """How long it took; until now if no end is given."""
    return ((until or datetime.now(UTC)) - since).total_seconds() * 1000
