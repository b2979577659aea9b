"""Which tasks an action should have: the playbook's rules over where its people and places are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.safeguarding.domain.action import Action
from services.safeguarding.domain.conditions import OF_PEOPLE, OF_PLACES
from services.safeguarding.domain.due import is_out_of_hours
from services.safeguarding.domain.geography import Ground, Scene, survey
from services.safeguarding.domain.playbook import Edition, Need, Rule
from services.safeguarding.domain.resolving import PLACE_UNKNOWN, Found, Open, Subject, resolve, resolve_route
from services.safeguarding.domain.vocabulary import CENTRE, About, Condition, Resolver
from services.safeguarding.domain.wanted import Desired, Knowledge, LocalFacts, content_of
from shared.kernel.ids import derive
from shared.reference import Candidate, Nation

LINE_UNKNOWN: Final = "The action names only a line, and this line is not in the register yet."
LINE_ARRIVES_NOWHERE: Final = "The action names only a line, and the register knows no area where it arrives."


@dataclass(slots=True)
class _Draft:
    """A task in the making: the subjects that came to the same rule and recipient."""

    rule: Rule
    organisation: str
    nation: Nation
    subjects: list[Subject] = field(default_factory=list)


@dataclass(slots=True)
class _Leftover:
    """What could not be given to anybody, for one of the centre's rules."""

    items: list[dict[str, Any]] = field(default_factory=list)
    reasons: dict[str, None] = field(default_factory=dict)
    people: dict[str, None] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)

    def add(self, title: str, subject: Subject, open_: Open) -> None:
        item = {"for": title, "about": subject.about, "reason": open_.reason, "candidates": open_.shown()}
        self.items.append(item)
        self.reasons[open_.reason] = None
        self.people |= dict.fromkeys(subject.people)
        self.places |= dict.fromkeys(subject.places)


_AUTHORITIES: Final = (
    ("host_authority", Resolver.HOST_AUTHORITY),
    ("home_authority", Resolver.HOME_AUTHORITY),
)


def decide_desired(
    action: Action, facts: LocalFacts, known: Knowledge, now: datetime, standing: Collection[UUID] = ()
) -> list[Desired]:
    """The tasks that the action should have now; none when it was cancelled or retracted.

    `standing` are the tasks that are open: one that was raised out of hours is not taken back in the morning.
    """
    return _Working(action, facts, known, now, standing).tasks() if action.wants_tasks else []


class _Working:
    """One decision in the making."""

    def __init__(
        self, action: Action, facts: LocalFacts, known: Knowledge, now: datetime, standing: Collection[UUID]
    ) -> None:
        self.action, self.facts, self.known, self.now, self.standing = action, facts, known, now, standing
        ground = self.ground = Ground(known.reference, now.date(), facts.postcodes)
        self.edition: Edition = known.playbook.on(now.date())
        self.scene: Scene = survey(action, facts.areas or (), ground)
        self.drafts: dict[tuple[str, str, str], _Draft] = {}
        self.unrouted, self.unruled = _Leftover(), _Leftover()

    def tasks(self) -> list[Desired]:
        self._check_whereabouts()
        for need in self.edition.needs:
            for subject in self._subjects(need.sample):
                self._place(need, subject)
        tasks = [self._desired(draft) for draft in self.drafts.values()]
        tasks += self._left_over(Condition.CANNOT_BE_ROUTED, self.unrouted)
        tasks += self._left_over(Condition.NO_RULE_FOR_NATION, self.unruled)
        return tasks + self._asked_back(tasks)

    def _check_whereabouts(self) -> None:
        """What no rule could find a recipient for goes to the centre once, not once per rule."""
        if not self.scene.places and self.action.line is not None:
            reason = LINE_UNKNOWN if self.facts.areas is None else LINE_ARRIVES_NOWHERE
            self.unrouted.add("All rules", Subject("action", None), Open(reason))
        for one in self.scene.people:
            if one.at is None and one.guardian is None:
                subject = Subject(f"people[{one.ref}]", None, one, (one.ref,))
                self.unrouted.add("All rules", subject, Open(PLACE_UNKNOWN))

    def _subjects(self, rule: Rule) -> Iterable[Subject]:
        if self.action.urgency not in rule.urgencies:
            return
        if rule.about is About.PLACES:
            for place, people in OF_PLACES[rule.when](self.scene):
                yield Subject(f"places[{place.ref}]", place, None, people, (place.ref,))
        for one in self.scene.people if rule.about is About.PEOPLE else ():
            if (one.at is not None or one.guardian) and OF_PEOPLE[rule.when](one, self.ground):
                places = (one.at.ref,) if one.at is not None and one.at is not one.home else ()
                yield Subject(f"people[{one.ref}]", one.at, one, (one.ref,), places)

    def _place(self, need: Need, subject: Subject) -> None:
        """Give a subject to its recipient, or to the centre if nobody, or no law, answers for it."""
        sample = need.sample
        outcome = resolve(sample.recipient, subject, self.ground, self.action.acting)
        if isinstance(outcome, Open):
            if sample.otherwise == "centre":
                self.unrouted.add(sample.title, subject, outcome)
            return
        for organisation in outcome.organisations:
            if sample.except_acting and organisation == self.action.acting:
                continue
            rule = need.by_nation.get(outcome.nation) if outcome.nation else None
            if rule is None or outcome.nation is None:
                self._no_rule(sample, subject, organisation, outcome)
            elif self._holds_now(rule, organisation, outcome.nation):
                key = (rule.id, organisation, rule.desk)
                draft = self.drafts.setdefault(key, _Draft(rule, organisation, outcome.nation))
                draft.subjects.append(subject)

    def _holds_now(self, rule: Rule, organisation: str, nation: Nation) -> bool:
        if rule.hours == "any" or is_out_of_hours(self.now, nation):
            return True
        return self._id(rule, organisation, rule.desk) in self.standing

    def _no_rule(self, sample: Rule, subject: Subject, organisation: str, outcome: Found) -> None:
        if sample.otherwise != "centre":
            return
        where = outcome.nation.value if outcome.nation else "a place whose nation is open"
        reason = f"No rule exists for {where}: {sample.title}."
        self.unruled.add(sample.title, subject, Open(reason, (Candidate(organisation, 1.0),)))

    def _desired(self, draft: _Draft) -> Desired:
        rule, first = draft.rule, (draft.organisation, draft.rule.desk)
        people = dict.fromkeys(ref for subject in draft.subjects for ref in subject.people)
        places = dict.fromkeys(ref for subject in draft.subjects for ref in subject.places)
        route = resolve_route(rule.route, draft.subjects, self.ground, self.action.acting, first)
        return Desired(
            task=self._id(rule, *first),
            rule=rule,
            organisation=draft.organisation,
            desk=rule.desk,
            nation=draft.nation,
            people=tuple(people),
            places=tuple(places),
            context=_both_authorities(draft.subjects, self.ground, self.action.acting),
            route=route,
        )

    def _left_over(self, condition: Condition, left: _Leftover) -> list[Desired]:
        if not left.items:
            return []
        context = {"candidates": left.items, "routing_reason": list(left.reasons)}
        return [self._closing(condition, CENTRE, context, tuple(left.people), tuple(left.places))]

    def _asked_back(self, tasks: Sequence[Desired]) -> list[Desired]:
        """One task for the acting force: what each recipient's minimum lacks."""
        asked: dict[str, dict[str, None]] = {}
        for task in tasks:
            if task.rule.when is Condition.CANNOT_BE_ROUTED or task.rule.when is Condition.NO_RULE_FOR_NATION:
                continue
            _, missing = content_of(self.action, task.rule, task.desk, task.people, task.places, task.context)
            if missing:
                asked.setdefault(task.rule.title, {}).update(dict.fromkeys(missing))
        if not asked:
            return []
        wanted = [{"for": title, "fields": sorted(fields)} for title, fields in sorted(asked.items())]
        context = {"asked_for": wanted}
        return [self._closing(Condition.INFORMATION_MISSING, self.action.acting, context, (), ())]

    def _closing(
        self,
        condition: Condition,
        organisation: str,
        context: Mapping[str, Any],
        people: tuple[str, ...],
        places: tuple[str, ...],
    ) -> Desired:
        rule = self.edition.closing[condition]
        known = self.known.reference.organisations.get(organisation)
        nation = (known.nation if known else None) or Nation.ENGLAND  # the centre's own calendar
        first = (organisation, rule.desk)
        subjects = [Subject("action", None)]
        route = resolve_route(rule.route, subjects, self.ground, self.action.acting, first)
        return Desired(self._id(rule, *first), rule, *first, nation, people, places, context, route)

    def _id(self, rule: Rule, organisation: str, desk: str) -> UUID:
        return derive(self.known.id_key, "protect-task", str(self.action.id), rule.id, organisation, desk)


def _both_authorities(subjects: Sequence[Subject], ground: Ground, acting: str) -> dict[str, Any]:
    """Each child's host and home authority, for the rules that tell each of the other."""
    found: dict[str, Any] = {}
    for name, resolver in _AUTHORITIES:
        for subject in subjects:
            outcome = resolve(resolver, subject, ground, acting) if subject.someone else None
            if isinstance(outcome, Found) and subject.someone is not None:
                found.setdefault(name, {})[subject.someone.ref] = outcome.organisations[0]
    return found
