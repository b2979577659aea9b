"""The kinds of error. An error's type is its verdict on the message that caused it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with a submission: where, which rule, and in words. Never the submitted value."""

    field: str
    rule: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


class Rejected(Exception):
    """The sender's fault: it receives a receipt that names each field and rule."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.rule}" for error in errors))
        self.errors = tuple(errors)


class Poison(Exception):
    """Our fault, and repeating it will not help: the message goes to the dead letters."""


class Retryable(Exception):
    """A passing condition: back off and take the same message again."""


class PositionLost(Exception):
    """Another owner has moved this partition on: this one writes nothing and stops reading it."""
