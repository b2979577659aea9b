"""The bodies of safeguarding's own HTTP API."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.contracts.model import Code, Text
from shared.contracts.protect import AnswerKind, TaskStatus

Desk = Annotated[str, StringConstraints(pattern=r"^[a-z-]{2,40}$")]


class AnswerBody(BaseModel):
    """An answer to a task. Who answers is who holds the token. A decline says why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: AnswerKind
    reason: Text | None = None
    whose: Code | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.kind is AnswerKind.DECLINED and not self.reason:
            raise ValueError("a decline needs a reason")
        return self


class TaskFilter(BaseModel):
    """Which tasks to list. `after` is the last task of the page before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: TaskStatus | None = None
    desk: Desk | None = None
    after: UUID | None = None
    limit: int = Field(default=100, ge=1, le=500)
