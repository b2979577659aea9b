"""The scenario holds together: its events keep to the contracts, its places lie where it says, its people exist."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from nclcc.scenario import Answer, Look, Publish, Stream, Task, Thread, roster_path, threads
from nclcc.scenario.places import EVERYWHERE
from services.notify.roster_file import load_roster
from services.safeguarding.playbook_files import SHIPPED, load_playbook
from shared.contracts.envelope import decode, organisation_source
from shared.contracts.model import parse
from shared.contracts.protect import TaskChange
from shared.contracts.pursue import SUBMISSIONS
from shared.contracts.receipts import Verdict
from shared.contracts.registry import INTEL_SUBMISSIONS
from shared.kernel.errors import Rejected
from shared.reference import Reason, reference

EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
STORY = threads(EVENING)
PUBLISHED = [
    pytest.param(step, id=f"{thread.name}-{number}")
    for thread in STORY
    for number, step in enumerate(thread.steps)
    if isinstance(step, Publish)
]


def _problems(step: Publish) -> set[tuple[str, str]]:
    """What an intake that follows the contracts alone would find."""
    try:
        event = decode(step.body)
        if event.source != organisation_source(step.organisation):
            return {("source", "organisation")}
        registry = SUBMISSIONS if step.stream is Stream.PURSUE else INTEL_SUBMISSIONS
        parse(registry[event.type], event.data)
    except Rejected as error:
        return {(one.field, one.rule) for one in error.errors}
    return set()


@pytest.mark.parametrize("step", PUBLISHED)
class TestEveryEvent:
    def test_breaks_exactly_the_rules_that_its_receipt_names(self, step: Publish) -> None:
        assert _problems(step) == set(step.receipt.errors)

    def test_is_rejected_if_and_only_if_it_breaks_one(self, step: Publish) -> None:
        assert bool(step.receipt.errors) == (step.receipt.verdict is Verdict.REJECTED)

    def test_raises_tasks_for_organisations_that_exist(self, step: Publish) -> None:
        known = reference().organisations
        assert {task.organisation for task in step.raised} <= known.keys()
        assert {change.task.organisation for change in step.changed} <= known.keys()
        assert set(step.quiet) <= known.keys()

    def test_asks_nothing_of_whom_it_must_keep_quiet_before(self, step: Publish) -> None:
        assert not set(step.quiet) & {task.organisation for task in step.raised}


@pytest.mark.parametrize("name", EVERYWHERE)
def test_every_place_lies_where_the_story_says(name: str) -> None:
    spot = EVERYWHERE[name]
    routing = reference().route(spot.district, None, spot.outcode, EVENING.date())
    assert routing.force == spot.force
    assert (routing.reason is Reason.STRADDLES_FORCES) == (spot.force is None)


def test_every_receiving_force_has_a_place_in_its_area() -> None:
    forces = {spot.force for spot in EVERYWHERE.values()}
    told = {task.organisation for task in _tasks(STORY) if task.rule == "receiving-force"}
    assert told <= forces


def test_every_pair_of_forces_is_labelled_as_invented() -> None:
    for thread in STORY:
        assert thread.pairs
        assert thread.label.startswith("invented pairs: ")


def test_every_rule_is_one_of_the_playbook() -> None:
    ids = {rule.id for rule in load_playbook(SHIPPED, EVENING.date()).rules}
    assert {task.rule for task in _tasks(STORY)} <= ids


def test_every_task_that_changes_was_raised_before() -> None:
    for thread in STORY:
        known: set[tuple[object, Task]] = set()
        for step in thread.steps:
            if isinstance(step, Publish):
                known |= {(step.action, task) for task in step.raised}
            if isinstance(step, Publish | Answer):
                kept = {change.task for change in step.changed if change.change is not TaskChange.REROUTED}
                assert {(step.action, task) for task in kept} <= known


def test_the_same_seed_gives_the_same_ids_and_another_seed_others() -> None:
    assert _ids(threads(EVENING)) == _ids(threads(MORNING))
    assert not set(_ids(threads(EVENING))) & set(_ids(threads(EVENING, seed="again")))


def test_emergency_duty_teams_are_expected_only_when_offices_are_shut() -> None:
    assert any(task.desk == "edt" for task in _tasks(STORY))
    assert not any(task.desk == "edt" for task in _tasks(threads(MORNING)))


class TestRoster:
    ROSTER = load_roster(roster_path().read_text(encoding="utf-8"))

    def test_names_organisations_of_the_reference_tables(self) -> None:
        assert {one.code for one in self.ROSTER.organisations} <= reference().organisations.keys()

    def test_every_contact_has_an_id_of_its_own_and_the_log_channel(self) -> None:
        contacts = [contact for one in self.ROSTER.organisations for contact in one.contacts]
        assert len({contact.id for contact in contacts}) == len(contacts)
        assert {way.channel for contact in contacts for way in contact.channels} == {"log"}

    def test_whom_sealed_actions_name_may_be_told(self) -> None:
        named = {
            (one.code, contact.id) for one in self.ROSTER.organisations for contact in one.contacts if contact.named
        }
        for action in _sealed(STORY):
            wanted = {(one["organisation"], one["contact"]) for one in action["pre_brief"]}
            assert wanted <= named
            assert action["named_officer"] in {contact for _, contact in named}

    def test_whoever_answers_by_link_or_api_is_in_it(self) -> None:
        desks = {(one.code, contact.desk) for one in self.ROSTER.organisations for contact in one.contacts}
        for thread in STORY:
            for step in thread.steps:
                if isinstance(step, Answer):
                    assert (step.organisation, step.task.desk) in desks
                if isinstance(step, Look):
                    assert (step.organisation, step.desk) in desks


def _tasks(story: tuple[Thread, ...]) -> Iterator[Task]:
    for thread in story:
        for step in thread.steps:
            if isinstance(step, Publish):
                yield from step.raised


def _ids(story: tuple[Thread, ...]) -> list[str]:
    return [
        step.event_id
        for thread in story
        for step in thread.steps
        if isinstance(step, Publish) and step.event_id is not None
    ]


def _sealed(story: tuple[Thread, ...]) -> Iterator[dict[str, Any]]:
    for thread in story:
        for step in thread.steps:
            if isinstance(step, Publish) and thread.name in {"sealed", "cancelled"}:
                action = step.document["data"].get("action", {})
                if action.get("sealed"):
                    yield action
