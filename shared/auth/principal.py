"""A principal: a person or a service, the organisation it speaks for, and its roles there."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CENTRE: Final = "nclcc"
"""The organisation of the national centre."""


class Role(StrEnum):
    """What a principal may do; the organisation says for whom."""

    PUBLISHER = "publisher"
    """Submits for its organisation."""
    COORDINATOR = "coordinator"
    """Answers for its organisation's desks."""
    READER = "reader"
    """Reads what its organisation may see."""
    CENTRE = "centre"
    """The national duty desk; counts only within the centre's own organisation."""
    NATIONAL_READER = "national_reader"
    """Is cleared for the national streams and measures."""
    OPERATOR = "operator"
    """Runs the software: dead letters, enrolment."""
    SERVICE = "service"
    """A process of ours."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `contact` is the named contact that sealed matters are opened to; None is nobody's contact.

    `desks` narrows a coordinator to some desks of its organisation; None is all of them, empty is none.
    """

    subject: str
    organisation: str
    roles: frozenset[Role]
    contact: str | None
    name: str
    desks: frozenset[str] | None = None

    def has(self, *roles: Role) -> bool:
        """Whether it holds at least one of `roles`."""
        return not self.roles.isdisjoint(roles)

    def answers_for(self, organisation: str, desk: str) -> bool:
        """Whether it may answer what reached this desk. An empty organisation or desk is nobody's."""
        if not organisation or not desk or Role.COORDINATOR not in self.roles:
            return False
        return self.organisation == organisation and (self.desks is None or desk in self.desks)
