"""Working days and hours in Europe/London wall-clock time, with each nation's own bank holidays, offline."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from shared.reference.facts import Nation

LONDON = ZoneInfo("Europe/London")

_SUBDIVISIONS = {
    Nation.ENGLAND: "ENG",
    Nation.WALES: "WLS",
    Nation.SCOTLAND: "SCT",
    Nation.NORTHERN_IRELAND: "NIR",
}


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When an office is open: wall-clock times, and weekdays from 0 (Monday) to 6 (Sunday)."""

    opens: time = time(9)
    closes: time = time(17)
    weekdays: Collection[int] = frozenset(range(5))


OFFICE_HOURS = WorkingHours()


def is_working_day(day: date, nation: Nation, hours: WorkingHours = OFFICE_HOURS) -> bool:
    """Whether a day is a working weekday and neither a bank holiday nor its substitute in that nation."""
    return day.weekday() in hours.weekdays and day not in _bank_holidays(nation, day.year)


def in_working_hours(moment: datetime, nation: Nation, hours: WorkingHours = OFFICE_HOURS) -> bool:
    """Whether an aware moment lies in the opening hours of a working day; closing time itself is outside."""
    wall = _wall(moment)
    return is_working_day(wall.date(), nation, hours) and hours.opens <= wall.time() < hours.closes


def working_days_after(start: datetime, days: int, nation: Nation, hours: WorkingHours = OFFICE_HOURS) -> datetime:
    """The aware UTC moment with the start's wall-clock time on the nth working day after it.

    A start on no working day counts from the opening of the next one. Zero days gives the start so moved.
    Raises ValueError for a naive start or for negative days.
    """
    if days < 0:
        raise ValueError("working days are counted forwards")
    wall = _wall(start)
    day, at = wall.date(), wall.time()
    if not is_working_day(day, nation, hours):
        day, at = _next_working_day(day, nation, hours), hours.opens
    for _ in range(days):
        day = _next_working_day(day, nation, hours)
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def _next_working_day(day: date, nation: Nation, hours: WorkingHours) -> date:
    day += timedelta(days=1)
    while not is_working_day(day, nation, hours):
        day += timedelta(days=1)
    return day


def _wall(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is not a moment")
    return moment.astimezone(LONDON)


def warm_up(moment: datetime) -> None:
    """Read the bank holidays of this year and the next, which takes a while the first time."""
    for nation in Nation:
        for year in (moment.year, moment.year + 1):
            _bank_holidays(nation, year)


@cache
def _bank_holidays(nation: Nation, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=year))
