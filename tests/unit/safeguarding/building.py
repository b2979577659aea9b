"""Builds actions, tasks and answers for the tests of safeguarding's decisions."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.safeguarding.domain.action import Action
from services.safeguarding.domain.changes import Occasion, decide_task_changes
from services.safeguarding.domain.desired import decide_desired
from services.safeguarding.domain.task import Change, Task
from services.safeguarding.domain.wanted import Desired, Knowledge, LocalFacts
from services.safeguarding.playbook_files import SHIPPED, load_playbook
from shared.contracts.pursue import Status
from shared.reference import reference

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)  # a Monday, in working hours
FRIDAY_NIGHT = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)
ACTION = UUID("00000000-0000-8000-8000-000000000001")
KNOWN = Knowledge(load_playbook(SHIPPED, NOW.date()), reference(), b"k" * 32)
THANET, CANTERBURY, CAMDEN, NORWICH = "E07000114", "E07000106", "E09000007", "E07000148"
GLASGOW, BELFAST, DERRY, LIVERPOOL = "S12000049", "N09000003", "N09000005", "E08000012"
REPORTER = {"unit": "County lines team"}

CHILD: dict[str, Any] = {
    "ref": "p1",
    "category": "child",
    "found_at": "flat",
    "home": {"ref": "home", "district": CAMDEN, "kind": "dwelling"},
    "looked_after_by": "la-camden",
    "identity": {"name": "Invented Child", "date_of_birth": "2011-05-01"},
    "whereabouts_now": "with officers",
    "concern": "exploited on a line",
    "immediate_risk": "debt",
    "told": ["nobody"],
    "exploited": True,
    "support": {"safe_to_contact": True, "wants_support": True, "preferred_contact": "text"},
}
FLAT: dict[str, Any] = {
    "ref": "flat",
    "district": THANET,
    "kind": "cuckooed_dwelling",
    "address": "1 Invented Street",
    "risk": "occupant threatened",
}


def action(
    *,
    version: int = 1,
    status: Status = Status.EXECUTED,
    sealed: bool = False,
    backfill: bool = False,
    acting: str = "metropolitan",
    places: Sequence[dict[str, Any]] = (FLAT,),
    people: Sequence[dict[str, Any]] = (),
    urgency: str = "urgent",
    **details: Any,
) -> Action:
    content = {"urgency": urgency, "places": list(places), "people": list(people), "reporter": REPORTER, **details}
    return Action(ACTION, acting, "force-id", version, status, sealed, backfill, content)


def desired(of: Action, facts: LocalFacts | None = None, now: datetime = NOW) -> dict[tuple[str, str], Desired]:
    return {(one.rule.id, one.organisation): one for one in decide_desired(of, facts or LocalFacts(), KNOWN, now)}


def decide(of: Action, existing: Iterable[Task] = (), now: datetime = NOW, cause: str = "") -> list[Change]:
    occasion = Occasion(now, cause or str(of.version))
    return decide_task_changes(of, LocalFacts(), list(existing), KNOWN, occasion)


def after(changes: Iterable[Change], before: Iterable[Task] = ()) -> list[Task]:
    tasks = {task.task: task for task in before}
    tasks.update({change.task.task: change.task for change in changes})
    return list(tasks.values())


def told(changes: Iterable[Change]) -> set[tuple[str, str, str]]:
    """What is published: (change, rule, organisation)."""
    return {(one.change.value, one.task.rule, one.task.organisation) for one in changes if one.change is not None}
