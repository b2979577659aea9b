"""The shape of a story: threads of steps, each with what must come of it. Data only; playing it is another's work."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from shared.contracts.protect import AnswerKind, TaskChange
from shared.contracts.receipts import Verdict
from shared.contracts.topics import INTEL, PURSUE, RESPONSES


class Stream(StrEnum):
    """Which of its topics an organisation speaks on."""

    PURSUE = "pursue"
    INTEL = "intel"
    RESPONSES = "responses"

    def topic(self, organisation: str) -> str:
        """The topic's full name for one organisation."""
        kinds = {Stream.PURSUE: PURSUE, Stream.INTEL: INTEL, Stream.RESPONSES: RESPONSES}
        return kinds[self].of(organisation).name


class Way(StrEnum):
    """How a recipient answers."""

    KAFKA = "kafka"
    LINK = "link"
    API = "api"


@dataclass(frozen=True, slots=True, order=True)
class Task:
    """A Protect task as the story knows it: who must act, at which desk, by which rule of the playbook."""

    organisation: str
    desk: str
    rule: str

    def __str__(self) -> str:
        return f"{self.organisation}/{self.desk} ({self.rule})"


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """What must happen to a task. After a decline `task` names who has it next."""

    task: Task
    change: TaskChange


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The receipt that must come: its verdict, the fields and rules that it names, whether it is the first again."""

    verdict: Verdict
    errors: tuple[tuple[str, str], ...] = ()
    repeat: bool = False


ACCEPTED = Verdicts(Verdict.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a force: whose it is, and the force's own id of it."""

    acting: str
    action_id: UUID


@dataclass(frozen=True, slots=True)
class Publish:
    """An organisation puts bytes on one of its topics.

    `raised` are all tasks that come of it and become known; `changed` all other events of tasks. `alerted` are
    desks alerted for another reason than a task. `quiet` must not hear anything of the action by now.
    """

    says: str
    organisation: str
    stream: Stream
    body: bytes
    event_id: str | None
    receipt: Verdicts
    action: Action | None = None
    raised: tuple[Task, ...] = ()
    changed: tuple[Change, ...] = ()
    alerted: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    later_receipts: tuple[tuple[str, Verdicts], ...] = ()
    """Receipts of earlier events of the same organisation that become final through this one."""

    @property
    def topic(self) -> str:
        return self.stream.topic(self.organisation)

    @property
    def document(self) -> dict[str, Any]:
        """The body as JSON; ValueError where it is none, by intent."""
        loaded: dict[str, Any] = orjson.loads(self.body)
        return loaded


@dataclass(frozen=True, slots=True)
class Answer:
    """A recipient answers one of its tasks. By link, the page is opened first, which must change nothing."""

    says: str
    organisation: str
    action: Action
    task: Task
    kind: AnswerKind
    by: str
    way: Way
    changed: tuple[Change, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Climb:
    """Nobody answers: the task's alert must end at the centre's desk."""

    says: str
    action: Action
    task: Task


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody opens a task through the API: a named contact reads it, for anyone else it does not exist."""

    says: str
    organisation: str
    desk: str
    contact: str | None
    action: Action
    task: Task
    seen: bool


@dataclass(frozen=True, slots=True)
class Protection:
    """The acting force reads whom its action concerned; `tasks` must be among the answers."""

    says: str
    action: Action
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """A joint action's lead shows how each part stands."""

    says: str
    action: Action
    statuses: dict[str, str]


Step = Publish | Answer | Climb | Look | Protection | Parts


@dataclass(frozen=True, slots=True)
class Thread:
    """One line of the story. `pairs` are exporting and receiving forces, every one of them invented."""

    name: str
    title: str
    pairs: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...] = field(default_factory=tuple)

    @property
    def label(self) -> str:
        """What stands on the screen beside the title."""
        named = ", ".join(f"{sender} to {receiver}" for sender, receiver in self.pairs)
        return f"invented pairs: {named}" if named else "invented"
