"""Who stands behind a rung of an escalation at a moment: the roster as decisions read it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.notify.channels.message import ChannelName
from services.notify.domain.states import Alert, Kind
from services.notify.escalation import (
    SEALED_DESK,
    Facts,
    Policy,
    Step,
    Target,
    default_delays,
    default_policy,
    sealed_policy,
)
from services.notify.rota import Rota, on_call, shift_starts


@dataclass(frozen=True, slots=True)
class Way:
    """One channel of a contact; a webhook names its secret."""

    channel: ChannelName
    address: str = field(repr=False)
    secret_name: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or staffed post. `ref` is `organisation/contact`."""

    ref: str
    desk: str
    ways: tuple[Way, ...]
    valid_until: datetime | None = None


@dataclass(slots=True)
class Roster:
    """The contacts (in the order of their file), rotas and policies of some organisations."""

    contacts: dict[str, Contact] = field(default_factory=dict)
    rotas: dict[str, Rota] = field(default_factory=dict)
    policies: dict[tuple[str, str], Policy] = field(default_factory=dict)
    """By `organisation/desk` and urgency."""

    def reachable(self, target: Target, now: datetime, channels: Collection[str]) -> tuple[str, ...]:
        """The contacts behind a target who can be told by one of `channels` at `now`."""
        if target.kind == "contact":
            refs = [target.ref]
        elif target.kind == "desk":
            refs = [one.ref for one in self.contacts.values() if one.desk == target.ref]
        else:
            refs = on_call(self.rotas[target.ref], now) if target.ref in self.rotas else []
        return tuple(ref for ref in refs if self._can_be_told(ref, now, channels))

    def _can_be_told(self, ref: str, now: datetime, channels: Collection[str]) -> bool:
        contact = self.contacts.get(ref)
        if contact is None or (contact.valid_until is not None and contact.valid_until <= now):
            return False
        return any(way.channel in channels for way in contact.ways)


def policy_of(alert: Alert, policies: Mapping[tuple[str, str], Policy]) -> Policy:
    """How this alert climbs. Sealed: the named, the acting force's officer, the sealed desk, and nobody else.

    What ends something that people were told of goes to those very people first.
    """
    desk = f"{alert.organisation}/{alert.desk}"
    if alert.sealed:
        return _sealed(alert)
    usual = policies.get((desk, alert.urgency)) or default_policy(alert.urgency, desk)
    if alert.kind in (Kind.RETRACTION, Kind.STAND_DOWN) and alert.named:
        first = Step(default_delays(alert.urgency)[0], tuple(Target("contact", ref) for ref in alert.named))
        return Policy((first, *usual.steps), usual.repeat, usual.fallback)
    return usual


def _sealed(alert: Alert) -> Policy:
    if alert.named and alert.officer:
        return sealed_policy(alert.urgency, alert.named, alert.officer)
    rung = tuple(Target("contact", ref) for ref in (*alert.named, alert.officer) if ref)
    return Policy((Step(default_delays(alert.urgency)[0], rung),), 0, SEALED_DESK)


def facts_of(alert: Alert, policy: Policy, roster: Roster, now: datetime, channels: Collection[str]) -> Facts:
    """What `decide_escalation` needs to know of the roster for this alert."""
    targets = {target for step in policy.steps for target in step.targets} | {policy.fallback}
    rota = roster.rotas.get(f"{alert.organisation}/{alert.desk}")
    since = alert.next_deadline or alert.raised_at
    return Facts(
        reachable={target: roster.reachable(target, now, channels) for target in targets},
        shift_starts=tuple(shift_starts(rota, since, len(policy.ladder))) if rota else (),
    )
