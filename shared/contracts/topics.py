"""Every topic, declared once: name, partitions, how long it keeps, who writes and who reads."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_DAY_MS = 24 * 60 * 60 * 1000
MAX_MESSAGE_BYTES = 1_100_000
"""What an organisation may send to Kafka: over the 1 MB limit by a little, so that what is too large gets a receipt."""
MAX_DEAD_LETTER_BYTES = 2_200_000
CODE = r"[a-z0-9][a-z0-9-]{0,58}[a-z0-9]"


class Lane(StrEnum):
    """How an event travels: life risk never queues behind routine, sealed never beside what is open."""

    ROUTINE = "routine"
    URGENT = "urgent"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic. `readers` are consumer groups; each gets a dead-letter topic of its own beside it."""

    name: str
    writer: str
    readers: tuple[str, ...]
    about: str
    partitions: int = 6
    cleanup: str = "delete"
    retention_days: int = 7
    max_message_bytes: int = 512 * 1024
    sealed: bool = False

    @property
    def config(self) -> dict[str, str]:
        """The broker's settings for this topic."""
        settings = {"cleanup.policy": self.cleanup, "max.message.bytes": str(self.max_message_bytes)}
        if self.cleanup == "compact":
            # outlasts the longest tolerated outage, so that no reader misses a tombstone
            return settings | {"delete.retention.ms": str(30 * _DAY_MS)}
        return settings | {"retention.ms": str(self.retention_days * _DAY_MS)}

    def dead_letters(self, group: str) -> "Topic":
        """Where `group` sets aside what it could not handle: same access and retention as the source."""
        return Topic(
            name=dead_letter_name(self.name, group),
            writer=group.split(".")[0],
            readers=(),
            about=f"Dead letters of {group} from {self.name}",
            partitions=1,
            retention_days=max(self.retention_days, 30),
            max_message_bytes=MAX_DEAD_LETTER_BYTES,
            sealed=self.sealed,
        )


def dead_letter_name(topic: str, group: str) -> str:
    return f"{topic}.{group}.dlt"


PURSUE_EVENTS: Final = "tasking.pursue.events.v1"
PURSUE_URGENT: Final = "tasking.pursue.urgent.v1"
PURSUE_SEALED: Final = "tasking.pursue.sealed.v1"
PROTECT_EVENTS: Final = "safeguarding.protect.events.v1"
PROTECT_URGENT: Final = "safeguarding.protect.urgent.v1"
PROTECT_SEALED: Final = "safeguarding.protect.sealed.v1"
LINES_STATE: Final = "intel.lines.state.v1"
REPORTS_EVENTS: Final = "intel.reports.events.v1"
ANSWERS_EVENTS: Final = "notify.answers.events.v1"
ALERTS_EVENTS: Final = "notify.alerts.events.v1"
CONTACTS_STATE: Final = "notify.contacts.state.v1"
ORGANISATIONS_STATE: Final = "notify.organisations.state.v1"
NATIONAL_PURSUE: Final = "national.pursue.v1"
NATIONAL_PROTECT: Final = "national.protect.v1"
AUDIT_CHECKPOINTS: Final = "audit.checkpoints.v1"


def receipts_topic(service: str) -> str:
    """Where a service says what became of each submission; notify turns it into an inbox entry."""
    return f"{service}.receipts.events.v1"


def notices_topic(service: str) -> str:
    """Where a service asks for the centre's desk to be alerted."""
    return f"{service}.notices.urgent.v1"


_INTAKES = ("intel", "tasking", "safeguarding")

INTERNAL: Final[tuple[Topic, ...]] = (
    Topic(
        PURSUE_EVENTS,
        "tasking",
        ("safeguarding.routine", "notify.routine"),
        "Pursue actions as they change, routine and urgent",
    ),
    Topic(
        PURSUE_URGENT,
        "tasking",
        ("safeguarding.urgent", "notify.urgent"),
        "Pursue actions with a risk to life, ahead of all else",
        partitions=3,
    ),
    Topic(
        PURSUE_SEALED,
        "tasking",
        ("safeguarding.urgent",),
        "Sealed Pursue actions; services only",
        sealed=True,
        partitions=3,
    ),
    Topic(PROTECT_EVENTS, "safeguarding", ("notify.routine",), "Protect tasks as they change"),
    Topic(PROTECT_URGENT, "safeguarding", ("notify.urgent",), "Protect tasks with a risk to life", partitions=3),
    Topic(
        PROTECT_SEALED,
        "safeguarding",
        ("notify.urgent",),
        "Pointers to sealed Protect tasks, for their named contacts; services only",
        sealed=True,
        partitions=3,
    ),
    Topic(
        LINES_STATE,
        "intel",
        ("tasking.facts", "safeguarding.facts"),
        "The register of lines; a tombstone closes one",
        partitions=3,
        cleanup="compact",
    ),
    Topic(REPORTS_EVENTS, "intel", (), "Intelligence reports taken in", partitions=3, retention_days=30),
    Topic(
        ANSWERS_EVENTS,
        "notify",
        ("safeguarding.answers",),
        "What people answered by link or API",
        partitions=6,
    ),
    Topic(ALERTS_EVENTS, "notify", (), "Alerts as they change", partitions=6),
    Topic(
        CONTACTS_STATE,
        "notify",
        ("tasking.facts", "safeguarding.facts"),
        "Named contacts and until when they are valid",
        partitions=3,
        cleanup="compact",
    ),
    Topic(
        ORGANISATIONS_STATE,
        "notify",
        ("tasking.facts",),
        "Who is enrolled",
        partitions=3,
        cleanup="compact",
    ),
    Topic(
        NATIONAL_PURSUE,
        "notify",
        (),
        "The national stream of Pursue actions, for principals cleared for it",
        partitions=3,
        retention_days=30,
    ),
    Topic(
        NATIONAL_PROTECT,
        "notify",
        (),
        "The national stream of Protect tasks, for principals cleared for it",
        partitions=3,
        retention_days=30,
    ),
    Topic(
        AUDIT_CHECKPOINTS,
        "services",
        (),
        "Signed checkpoints of each service's audit log",
        partitions=1,
        retention_days=3650,
    ),
    *(
        Topic(receipts_topic(s), s, ("notify.receipts",), f"Receipts of what {s} took in", partitions=3)
        for s in _INTAKES
    ),
    *(
        Topic(notices_topic(s), s, ("notify.urgent",), f"What {s} wants the centre's desk to see", partitions=1)
        for s in (*_INTAKES, "notify")
    ),
)


@dataclass(frozen=True, slots=True)
class OrganisationTopic:
    """One of the topics that each enrolled organisation has of its own."""

    stream: str
    writer: str
    readers: tuple[str, ...]
    about: str
    partitions: int
    retention_days: int

    def of(self, code: str) -> Topic:
        """This topic for the organisation `code`."""
        return Topic(
            name=f"org.{code}.{self.stream}.v1",
            writer=code if self.writer == "organisation" else self.writer,
            readers=self.readers,
            about=self.about,
            partitions=self.partitions,
            retention_days=self.retention_days,
            max_message_bytes=MAX_MESSAGE_BYTES,
        )

    @property
    def pattern(self) -> str:
        """Anchored at both ends: a prefix match would read its own dead letters."""
        return rf"^org\.{CODE}\.{self.stream}\.v1$"


PURSUE: Final = OrganisationTopic(
    "pursue",
    "organisation",
    ("tasking.submissions", "tasking.ahead"),
    "Pursue actions that an organisation reports",
    1,
    7,
)
INTEL: Final = OrganisationTopic(
    "intel", "organisation", ("intel.submissions",), "Intelligence that an organisation reports", 1, 7
)
RESPONSES: Final = OrganisationTopic(
    "responses",
    "organisation",
    ("safeguarding.responses",),
    "What an organisation answers to its Protect tasks",
    1,
    7,
)
INBOX: Final = OrganisationTopic("inbox", "notify", (), "All that the centre tells an organisation", 1, 30)
ORGANISATION_TOPICS: Final = (PURSUE, INTEL, RESPONSES, INBOX)

_ORGANISATION = re.compile(rf"^org\.({CODE})\.(pursue|intel|responses|inbox)\.v1$")


def organisation_of(topic: str) -> str | None:
    """Who speaks (or is spoken to) on `topic`; None for an internal one."""
    match = _ORGANISATION.match(topic)
    return match[1] if match else None


def topics_of(code: str) -> list[Topic]:
    """Every topic that enrolling `code` makes, dead letters included."""
    own = [kind.of(code) for kind in ORGANISATION_TOPICS]
    return own + [topic.dead_letters(group) for topic in own for group in topic.readers]


def internal_topics() -> list[Topic]:
    """Every topic that the services need among themselves, dead letters included."""
    return [*INTERNAL, *(topic.dead_letters(group) for topic in INTERNAL for group in topic.readers)]
