"""Who is on call: a weekly rota in London wall-clock time, with dated overrides.

How a wall-clock time becomes a moment (domain facts, "Alerts"): in the hour that comes twice in October it is
the first of the two; in the hour that is missing in March it is the moment of the change. That mapping never
runs backwards, so shifts that meet on the clock on the wall meet in truth: no gap and no doubling.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_DAY = timedelta(days=1)
_WEEK_AND_A_DAY = 8 * _DAY
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """A weekly shift. `weekday` counts from Monday 0; an end at or before the start is on the next day.

    Raises ValueError for a weekday out of range or a time that is not `HH:MM`.
    """

    weekday: int
    start: str
    end: str
    contact: str

    def __post_init__(self) -> None:
        if self.weekday not in range(7):
            raise ValueError("weekday: 0 (Monday) to 6 (Sunday)")
        for name, value in (("start", self.start), ("end", self.end)):
            if not is_wall_time(value):
                raise ValueError(f"{name}: HH:MM, 00:00 to 23:59")


@dataclass(frozen=True, slots=True)
class Override:
    """From `start` until before `end` (aware moments) this contact is on call instead of the shifts."""

    start: datetime
    end: datetime
    contact: str

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("start, end: aware moments")
        # In UTC at once: Python compares two moments of one zone by the clock on the wall, and gets it wrong
        # in the hour that comes twice.
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError("end: after the start")


@dataclass(frozen=True, slots=True)
class Rota:
    """Shifts that hold every week, and overrides. Several at once are all on call."""

    shifts: tuple[Shift, ...] = ()
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` until before `end` (UTC) these contacts are on call; none in a gap."""

    start: datetime
    end: datetime
    contacts: tuple[str, ...]


def on_call(rota: Rota, at: datetime) -> list[str]:
    """The contacts on call at this moment, each once, yesterday's shift first. Overrides hide shifts."""
    at = at.astimezone(UTC)
    overriding = [one.contact for one in rota.overrides if one.start <= at < one.end]
    if overriding:
        return list(dict.fromkeys(overriding))
    return list(dict.fromkeys(s.contact for start, end, s in _weekly(rota, at, at) if start <= at < end))


def coverage(rota: Rota, start: datetime, until: datetime) -> list[Stretch]:
    """The time from `start` until before `until`, whole, cut where the contacts on call change."""
    stretches: list[Stretch] = []
    edges = _edges(rota, start.astimezone(UTC), until.astimezone(UTC))
    for begin, end in pairwise(edges):
        contacts = tuple(on_call(rota, begin))
        if stretches and stretches[-1].contacts == contacts:
            begin = stretches.pop().start
        stretches.append(Stretch(begin, end, contacts))
    return stretches


def gaps(rota: Rota, start: datetime, until: datetime) -> list[Stretch]:
    """The stretches in which nobody is on call, to be reported before they come."""
    return [stretch for stretch in coverage(rota, start, until) if not stretch.contacts]


def next_shift_start(rota: Rota, at: datetime) -> datetime | None:
    """The first moment after `at` (UTC) at which somebody's turn begins; None if nobody's ever does.

    A turn is a shift or an override. A shift that starts under an override begins when the override ends.
    """
    at = at.astimezone(UTC)
    begins = {one.start for one in rota.overrides}
    for origin in (at, *(one.end for one in rota.overrides)):
        begins |= {start for start, _, _ in _weekly(rota, origin, origin + _WEEK_AND_A_DAY)}
    handed_back = {one.end for one in rota.overrides}
    candidates = sorted(moment for moment in begins | handed_back if moment > at)
    return next((moment for moment in candidates if _turn_begins(rota, moment)), None)


def shift_starts(rota: Rota, after: datetime, count: int) -> list[datetime]:
    """The next `count` moments (UTC) at which somebody's turn begins; fewer where there are no more."""
    starts: list[datetime] = []
    while len(starts) < count and (following := next_shift_start(rota, starts[-1] if starts else after)):
        starts.append(following)
    return starts


def is_wall_time(value: str) -> bool:
    """Whether this is `HH:MM` on a 24-hour clock."""
    hours, colon, minutes = value.partition(":")
    if not (colon and value.isascii() and len(hours) == len(minutes) == 2 and (hours + minutes).isdigit()):
        return False
    return int(hours) < 24 and int(minutes) < 60


@lru_cache(maxsize=4096)
def moment_of(day: date, wall_time: time) -> datetime:
    """The moment (UTC) at which London's clocks show this, as the module says for the hours of a change."""
    local = datetime.combine(day, wall_time, LONDON)
    moment = local.astimezone(UTC)
    if moment.astimezone(LONDON).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    # The clocks never show it. Both readings of it enclose the change, which falls on a whole minute.
    moment = local.replace(fold=1).astimezone(UTC)
    before = moment.astimezone(LONDON).utcoffset()
    while moment.astimezone(LONDON).utcoffset() == before:
        moment += _MINUTE
    return moment.replace(second=0, microsecond=0)


def _turn_begins(rota: Rota, moment: datetime) -> bool:
    if any(one.start == moment for one in rota.overrides):
        return True
    now = on_call(rota, moment)
    if not now or any(one.start <= moment < one.end for one in rota.overrides):
        return False
    starts = any(start == moment for start, _, _ in _weekly(rota, moment, moment))
    return starts or on_call(rota, moment - _MINUTE) != now


def _weekly(rota: Rota, start: datetime, until: datetime) -> Iterator[tuple[datetime, datetime, Shift]]:
    """The shifts' real stretches that may touch the time from `start` to `until`; empty ones are left out."""
    day = start.astimezone(LONDON).date() - 2 * _DAY
    last = until.astimezone(LONDON).date()
    while day <= last:
        for shift in rota.shifts:
            if shift.weekday == day.weekday():
                begin, end = _stretch(shift, day)
                if begin < end:
                    yield begin, end, shift
        day += _DAY


def _stretch(shift: Shift, day: date) -> tuple[datetime, datetime]:
    start, end = time.fromisoformat(shift.start), time.fromisoformat(shift.end)
    return moment_of(day, start), moment_of(day if end > start else day + _DAY, end)


def _edges(rota: Rota, start: datetime, until: datetime) -> list[datetime]:
    edges = {start, until}
    for begin, end, _ in _weekly(rota, start, until):
        edges |= {begin, end}
    for one in rota.overrides:
        edges |= {one.start, one.end}
    return sorted(edge for edge in edges if start <= edge <= until)
