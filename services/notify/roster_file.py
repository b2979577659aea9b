"""Reads a roster file and says everything that is wrong with it, with field, rule and line."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pydantic import ValidationError

from services.notify.escalation import DUTY_DESK, SEALED_DESK
from services.notify.roster_model import Roster, RosterOrganisation, RosterRota, RosterStep, RosterTarget
from services.notify.yaml_lines import Document, FileProblems, Path, Problem, read_yaml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Finding = tuple[Path, str, str]


def load_roster(text: str, *, complete: bool = True) -> Roster:
    """Read a roster file. Raises FileProblems with every problem: field, rule, line, never the value.

    `complete`: the file is all there is, so the centre's duty and sealed desks must have contacts and every
    reference must lead to something in it. Otherwise (one organisation enrols) only its own are checked.
    """
    document = read_yaml(text)
    try:
        roster = Roster.model_validate(document.content)
    except ValidationError as error:
        details = error.errors(include_input=False)
        raise FileProblems([_problem(document, one) for one in details if not _echo(one, details)]) from None
    found = [document.problem(*problem) for problem in _inconsistencies(roster, complete)]
    if found:
        raise FileProblems(found)
    return roster


def _echo(error: "ErrorDetails", others: "list[ErrorDetails]") -> bool:
    """Whether a list is called too short only because what is wrong inside it was not counted."""
    path = error["loc"]
    inside = any(other["loc"][: len(path)] == path for other in others if other is not error)
    return error["type"] == "too_short" and inside


def _problem(document: Document, error: "ErrorDetails") -> Problem:
    """Pydantic's error as ours. A rule over several fields names its field before a colon."""
    path: Path = error["loc"]
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] != "missing":
        # The end of a union's path names pydantic's own branches, which stand in no file.
        while path and path not in document.lines:
            path = path[:-1]
    field, colon, rest = message.partition(": ")
    if error["type"] == "value_error" and colon and field.isidentifier():
        return document.problem((*path, field), error["type"], rest)
    return document.problem(path, error["type"], message)


def _inconsistencies(roster: Roster, complete: bool) -> Iterator[Finding]:
    yield from _repeated(("organisations",), "code", (one.code for one in roster.organisations))
    known = _known_refs(roster)
    for index, organisation in enumerate(roster.organisations):
        path: Path = ("organisations", index)
        yield from _repeated((*path, "contacts"), "id", (one.id for one in organisation.contacts))
        yield from _repeated((*path, "rotas"), "desk", (one.desk for one in organisation.rotas))
        yield from _rota_findings(organisation, path)
        yield from _policy_findings(organisation, path, known, complete)
    if complete:
        for desk in (DUTY_DESK.ref, SEALED_DESK.ref):
            if ("desk", desk) not in known:
                yield (
                    ("organisations",),
                    "fallback",
                    f"{desk} needs a contact, or alerts end nowhere",
                )


def _known_refs(roster: Roster) -> set[tuple[str, str]]:
    known: set[tuple[str, str]] = set()
    for one in roster.organisations:
        known |= {("contact", f"{one.code}/{contact.id}") for contact in one.contacts}
        known |= {("desk", f"{one.code}/{contact.desk}") for contact in one.contacts}
        known |= {("rota", f"{one.code}/{rota.desk}") for rota in one.rotas}
    return known


def _rota_findings(organisation: RosterOrganisation, path: Path) -> Iterator[Finding]:
    for index, rota in enumerate(organisation.rotas):
        members = {contact.id for contact in organisation.desk(rota.desk)}
        for where, contact in _people_of(rota):
            if contact not in members:
                yield (*path, "rotas", index, *where, "contact"), "known", "is no contact of this desk"


def _people_of(rota: RosterRota) -> Iterator[tuple[Path, str]]:
    yield from ((("shifts", index), one.contact) for index, one in enumerate(rota.shifts))
    yield from ((("overrides", index), one.contact) for index, one in enumerate(rota.overrides))


def _policy_findings(
    organisation: RosterOrganisation, path: Path, known: set[tuple[str, str]], complete: bool
) -> Iterator[Finding]:
    own = f"{organisation.code}/"
    pairs = [f"{policy.desk} {policy.urgency}" for policy in organisation.policies]
    yield from _repeated((*path, "policies"), "urgency", pairs)
    for index, policy in enumerate(organisation.policies):
        for where, target in _targets_of(policy.steps):
            checked = complete or target.ref.startswith(own)
            place = (*path, "policies", index, *where, "ref")
            if checked and (target.kind, target.ref) not in known:
                yield place, "known", "leads to nobody in this file"
            elif target.ref == SEALED_DESK.ref:
                yield place, "sealed_desk", "is for sealed alerts, which follow no policy of a file"


def _targets_of(steps: Iterable[RosterStep]) -> Iterator[tuple[Path, RosterTarget]]:
    for index, step in enumerate(steps):
        for number, target in enumerate(step.targets):
            yield ("steps", index, "targets", number), target


def _repeated(path: Path, field: str, values: Iterable[str]) -> Iterator[Finding]:
    seen = Counter[str]()
    for index, value in enumerate(values):
        seen[value] += 1
        if seen[value] > 1:
            yield (*path, index, field), "unique", "is given twice"
