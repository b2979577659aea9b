"""The playbook: rules with effective dates that say whom an action concerns, by when, by which law, with which data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from services.safeguarding.domain.due import Due
from services.safeguarding.domain.vocabulary import (
    CLOSING,
    DESK_OF,
    NEEDS_A_PERSON,
    NEEDS_A_PLACE_OR_PERSON,
    SUBJECT_OF,
    About,
    Condition,
    Resolver,
)
from shared.contracts.model import Urgency
from shared.contracts.pursue import PersonAtRisk, Place, PursueDetails
from shared.disclosure import may_have
from shared.reference import Nation

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,60}$")]
Words = Annotated[str, StringConstraints(min_length=3, max_length=200, strip_whitespace=True)]
Link = Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$", max_length=300)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_ROOTS: Final[Mapping[str, type[BaseModel]]] = {"action": PursueDetails, "person": PersonAtRisk, "place": Place}
_WORKED_OUT: Final = frozenset(
    {"action.status", "host_authority", "home_authority", "candidates", "routing_reason", "asked_for"}
)


def is_field(name: str) -> bool:
    """Whether a minimum may name this: a field of the submission's contract, or one that is worked out."""
    root, *path = name.split(".")
    model = _ROOTS.get(root)
    for part in path:
        if model is None or part not in model.model_fields:
            return name in _WORKED_OUT
        kinds = get_args(model.model_fields[part].annotation) or (model.model_fields[part].annotation,)
        model = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
    return name in _WORKED_OUT or (bool(path) and root in _ROOTS)


def _is_due(text: str) -> str:
    Due.parse(text)
    return text


DueText = Annotated[str, AfterValidator(_is_due)]


class DueTimes(_Part):
    """By when, for each urgency of the action."""

    life_risk: DueText
    urgent: DueText
    routine: DueText

    def for_urgency(self, urgency: str) -> Due:
        return Due.parse(getattr(self, Urgency(urgency).value))


class Basis(_Part):
    """A law or guidance that the rule stands on; `nations` where it does not hold in all of the rule's."""

    text: Words
    link: Link
    nations: tuple[Nation, ...] | None = None

    def shown(self) -> str:
        return f"{self.text} ({self.link})"


class Minimum(_Part):
    """What the recipient gets: asked back from the acting force if it is missing, or only sent if it is held.

    `place.address or place.uprn` asks for the first unless the other is there.
    """

    required: tuple[str, ...] = ()
    if_held: tuple[str, ...] = ()

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every field that may be sent."""
        names = [name for item in self.required for name in alternatives(item)]
        return tuple(dict.fromkeys((*names, *self.if_held)))

    @property
    def plainly_required(self) -> tuple[str, ...]:
        return tuple(item for item in self.required if len(alternatives(item)) == 1)

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return tuple(found for item in self.required if len(found := alternatives(item)) > 1)


def alternatives(item: str) -> tuple[str, ...]:
    """The fields of which one is enough."""
    return tuple(item.split(" or "))


class Rule(_Part):
    """One rule. Rules of one `need` say the same thing for different nations, and never overlap."""

    id: Slug
    need: Slug
    title: Words
    effective_from: date
    effective_to: date | None = None
    """The first day on which the rule no longer holds."""
    nations: Annotated[tuple[Nation, ...], Field(min_length=1)]
    when: Condition
    about: About
    recipient: Resolver
    except_acting: bool = False
    pre_brief: bool = False
    """Whether named contacts of the recipient may be told of a sealed action beforehand."""
    urgencies: Annotated[tuple[Urgency, ...], Field(min_length=1)] = tuple(Urgency)
    hours: Literal["any", "out_of_hours"] = "any"
    otherwise: Literal["centre", "nobody"] = "centre"
    """Who is told where nobody can be worked out, or no rule holds for the nation."""
    due: DueTimes
    clock: Words
    """Where the due times come from."""
    legal_basis: Annotated[tuple[Basis, ...], Field(min_length=1)]
    minimum: Minimum
    route: Annotated[tuple[Resolver, ...], Field(min_length=1)]
    """Who is next when the recipient declines; the centre is always the last."""

    @field_validator("route")
    @classmethod
    def _ends_at_the_centre(cls, route: tuple[Resolver, ...]) -> tuple[Resolver, ...]:
        if route[-1] is not Resolver.CENTRE or Resolver.CENTRE in route[:-1]:
            raise ValueError("must end at `centre`, and name it once")
        return route

    @field_validator("effective_to")
    @classmethod
    def _ends_after_it_begins(cls, end: date | None, info: Any) -> date | None:
        begin = info.data.get("effective_from")
        if end is not None and begin is not None and end <= begin:
            raise ValueError("must be later than effective_from")
        return end

    @model_validator(mode="after")
    def _hangs_together(self) -> "Rule":
        for problem in _problems(self):
            raise ValueError(problem)
        return self

    @property
    def desk(self) -> str:
        return DESK_OF[self.recipient]

    @property
    def reference(self) -> str:
        """Which edition of the rule a task was raised by."""
        return f"{self.id}@{self.effective_from.isoformat()}"

    def holds_on(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    def bases_in(self, nation: Nation) -> tuple[str, ...]:
        """The legal basis as it is shown to a recipient of that nation."""
        return tuple(basis.shown() for basis in self.legal_basis if not basis.nations or nation in basis.nations)


def _problems(rule: Rule) -> Iterable[str]:
    if SUBJECT_OF[rule.when] is not rule.about:
        yield f"about: `{rule.when}` is about {SUBJECT_OF[rule.when]}"
    resolvers = (rule.recipient, *rule.route)
    if rule.about is About.PLACES and NEEDS_A_PERSON.intersection(resolvers):
        yield "recipient: a rule about places has no person to find this recipient by"
    if rule.about is About.ACTION and NEEDS_A_PLACE_OR_PERSON.intersection(resolvers):
        yield "recipient: a rule about the action has no place to find this recipient by"
    unheard = [name for name in rule.minimum.wanted if not is_field(name)]
    if unheard:
        yield f"minimum: no submission has {', '.join(unheard)}"
    refused = [name for name in rule.minimum.wanted if not may_have(rule.desk, name)]
    if refused:
        yield f"minimum: the {rule.desk} desk may not have {', '.join(refused)}"
    unlawful = [nation for nation in rule.nations if not rule.bases_in(nation)]
    if unlawful:
        yield f"legal_basis: names none for {', '.join(unlawful)}"


@dataclass(frozen=True, slots=True)
class PlaybookProblem:
    """One thing wrong: the file, the rule, the field, and words."""

    file: str
    rule: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: rule {self.rule}: {self.field}: {self.message}"


class PlaybookError(Exception):
    """The playbook is not used: each problem names its rule and field."""

    def __init__(self, problems: Sequence[PlaybookProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Need:
    """The rules of one need on one day, by nation."""

    name: str
    by_nation: Mapping[Nation, Rule]

    @property
    def sample(self) -> Rule:
        """Any of them: `when`, `about`, `recipient` and `otherwise` are the same in all."""
        return next(iter(self.by_nation.values()))


@dataclass(frozen=True, slots=True)
class Edition:
    """The playbook as it holds on one day."""

    needs: tuple[Need, ...]
    closing: Mapping[Condition, Rule]


@dataclass(slots=True)
class Playbook:
    """All rules of all days."""

    rules: tuple[Rule, ...]
    _editions: dict[date, Edition] = field(default_factory=dict)

    def find(self, reference: str) -> Rule | None:
        """The edition of a rule that a task was raised by."""
        return next((rule for rule in self.rules if rule.reference == reference), None)

    def on(self, day: date) -> Edition:
        """The rules in force on a day."""
        if day not in self._editions:
            if len(self._editions) > 64:
                self._editions.clear()
            self._editions[day] = _edition([rule for rule in self.rules if rule.holds_on(day)])
        return self._editions[day]


def _edition(rules: Sequence[Rule]) -> Edition:
    needs: dict[str, dict[Nation, Rule]] = {}
    closing: dict[Condition, Rule] = {rule.when: rule for rule in rules if rule.when in CLOSING}
    for rule in rules:
        if rule.when not in CLOSING:
            needs.setdefault(rule.need, {}).update(dict.fromkeys(rule.nations, rule))
    return Edition(tuple(Need(name, by_nation) for name, by_nation in needs.items()), closing)


def read_rule(file: str, data: object) -> tuple[Rule | None, list[PlaybookProblem]]:
    """One rule as it was written, or what is wrong with it."""
    name = str(data.get("id", "(no id)")) if isinstance(data, Mapping) else "(no rule)"
    try:
        return Rule.model_validate(data), []
    except ValidationError as error:
        return None, [_problem(file, name, item) for item in error.errors(include_url=False)]


def _problem(file: str, rule: str, item: Any) -> PlaybookProblem:
    words = str(item["msg"]).removeprefix("Value error, ")
    path = ".".join(str(part) for part in item["loc"])
    if not path and ": " in words:
        path, words = words.split(": ", 1)
    return PlaybookProblem(file, rule, path or "(rule)", words)


_SAME_IN_A_NEED: Final = ("when", "about", "recipient", "otherwise", "urgencies", "hours", "except_acting")


def check_together(rules: Sequence[tuple[str, Rule]], today: date) -> list[PlaybookProblem]:
    """What is wrong between rules: ids used twice, nations covered twice, closing rules that are not there."""
    problems: list[PlaybookProblem] = []
    for index, (file, rule) in enumerate(rules):
        for _, other in rules[:index]:
            problems += _between(file, rule, other)
    present = {rule.when for _, rule in rules if rule.holds_on(today)}
    for condition in CLOSING:
        if condition not in present:
            message = f"a rule for `{condition}` must be in force"
            problems.append(PlaybookProblem("(playbook)", "(none)", "when", message))
    return problems


def _between(file: str, rule: Rule, other: Rule) -> Iterable[PlaybookProblem]:
    if not _overlap(rule, other):
        return
    if rule.id == other.id:
        yield PlaybookProblem(file, rule.id, "id", "another rule has this id at the same time")
    if rule.need != other.need:
        return
    for name in _SAME_IN_A_NEED:
        if getattr(rule, name) != getattr(other, name):
            yield PlaybookProblem(file, rule.id, name, f"differs from rule {other.id} of the same need")
    if both := set(rule.nations) & set(other.nations):
        words = f"{', '.join(sorted(both))} already covered by rule {other.id} of the same need"
        yield PlaybookProblem(file, rule.id, "nations", words)


def _overlap(one: Rule, other: Rule) -> bool:
    return (one.effective_to is None or other.effective_from < one.effective_to) and (
        other.effective_to is None or one.effective_from < other.effective_to
    )
