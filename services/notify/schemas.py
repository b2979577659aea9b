"""What the API takes and answers."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.notify.domain.answers import Refused
from services.notify.domain.states import Alert
from services.notify.repository.rows import row_of
from services.notify.roster_model import RosterContact, RosterPolicy, RosterRota
from services.notify.yaml_lines import FileProblems
from shared.contracts.model import Code
from shared.disclosure import Audience, Guarded, Viewer, audience_of, project
from shared.kernel.errors import FieldError
from shared.runtime.http import Problem


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Enrol(_Body):
    """Who is to take part, and whether it gets Kafka topics of its own."""

    code: Code
    kafka: bool = False


class Acknowledge(_Body):
    """Who has seen it; the caller's own name where it is left out."""

    by: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)] | None = None


class Contacts(_Body):
    contacts: Annotated[list[RosterContact], Field(max_length=500)]


class Rotas(_Body):
    rotas: Annotated[list[RosterRota], Field(max_length=50)]


class Policies(_Body):
    policies: Annotated[list[RosterPolicy], Field(max_length=200)]


def audience(seen_by: Viewer, alert: Alert) -> Audience:
    """In which capacity somebody sees an alert: the recipient's people; sealed, the named alone."""
    named = frozenset(ref for ref in (*alert.named, alert.officer) if ref)
    guarded = Guarded(acting="", recipients=frozenset({alert.organisation}), sealed=alert.sealed, named=named)
    return audience_of(seen_by, guarded)


def alert_document(seen_by: Viewer, alert: Alert) -> dict[str, Any] | None:
    """An alert as this viewer may see it; None where they may not know of it."""
    return project("alert", audience(seen_by, alert), row_of(alert))


def file_problem(error: FileProblems) -> Problem:
    """A roster's problems, field by field, with the line of each."""
    return Problem(422, "roster", errors=[_field(one.field, one.rule, one.message, one.line) for one in error.problems])


def refused(refusal: Refused) -> Problem:
    """Why an answer does not count; a later one is told whose the first was."""
    if refusal.why == "answered":
        said = f"{refusal.by or 'Somebody'} has answered already."
        return Problem(409, "already-answered", said, answered_by=refusal.by, answer=refusal.answer)
    return Problem(409, "over", "This alert is over.")


def duplicates(field: str, values: Sequence[str]) -> None:
    """Raises a 422 problem if a value is there twice."""
    if len(set(values)) < len(values):
        raise Problem(422, "invalid-request", errors=[FieldError(field, "unique", "is given twice")])


def _field(field: str, rule: str, message: str, line: int | None) -> FieldError:
    return FieldError(field, rule, f"line {line}: {message}" if line else message)
