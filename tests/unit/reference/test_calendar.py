"""Working days follow each nation's bank holidays and London's wall clock."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reference import Nation
from shared.reference.calendar import (
    LONDON,
    WorkingHours,
    in_working_hours,
    is_working_day,
    working_days_after,
)

ENGLAND, WALES, SCOTLAND, NORTHERN_IRELAND = Nation
EVERYWHERE = set(Nation)


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("day", "working_in"),
    [
        ("2026-01-01", set()),
        ("2026-01-02", EVERYWHERE - {SCOTLAND}),
        ("2027-01-04", EVERYWHERE - {SCOTLAND}),
        ("2027-01-25", EVERYWHERE),
        ("2026-03-17", EVERYWHERE - {NORTHERN_IRELAND}),
        ("2026-04-03", set()),
        ("2026-04-06", {SCOTLAND}),
        ("2026-05-04", set()),
        ("2026-07-13", EVERYWHERE - {NORTHERN_IRELAND}),
        ("2027-07-12", EVERYWHERE - {NORTHERN_IRELAND}),
        ("2026-08-03", EVERYWHERE - {SCOTLAND}),
        ("2026-08-31", {SCOTLAND}),
        ("2026-11-30", EVERYWHERE - {SCOTLAND}),
        ("2026-12-25", set()),
        ("2026-12-28", set()),
        ("2026-12-29", EVERYWHERE),
        ("2027-12-27", set()),
        ("2027-12-28", set()),
        ("2026-11-21", set()),
        ("2026-11-23", EVERYWHERE),
    ],
)
def test_is_working_day(day: str, working_in: set[Nation]) -> None:
    assert {nation for nation in Nation if is_working_day(date.fromisoformat(day), nation)} == working_in


@pytest.mark.parametrize(
    ("start", "days", "nation", "due"),
    [
        ("2026-11-23T10:00", 1, ENGLAND, "2026-11-24T10:00"),
        ("2026-11-27T18:00", 1, ENGLAND, "2026-11-30T18:00"),
        ("2026-11-27T18:00", 1, SCOTLAND, "2026-12-01T18:00"),
        # A start on no working day counts from the next opening.
        ("2026-11-28T14:00", 1, ENGLAND, "2026-12-01T09:00"),
        ("2026-11-28T14:00", 0, ENGLAND, "2026-11-30T09:00"),
        ("2026-11-23T10:00", 0, ENGLAND, "2026-11-23T10:00"),
        # Christmas: the 25th, a weekend, and Boxing Day's substitute.
        ("2026-12-24T15:00", 1, WALES, "2026-12-29T15:00"),
        ("2026-12-31T15:00", 1, ENGLAND, "2027-01-04T15:00"),
        ("2026-12-31T15:00", 1, SCOTLAND, "2027-01-05T15:00"),
        # Easter.
        ("2026-04-02T11:00", 1, ENGLAND, "2026-04-07T11:00"),
        ("2026-04-02T11:00", 1, SCOTLAND, "2026-04-06T11:00"),
        # The Twelfth.
        ("2027-07-09T12:00", 1, NORTHERN_IRELAND, "2027-07-13T12:00"),
        ("2027-07-09T12:00", 1, ENGLAND, "2027-07-12T12:00"),
        # Both clock changes: the wall clock stays.
        ("2026-03-27T16:00", 1, ENGLAND, "2026-03-30T16:00"),
        ("2026-10-23T16:00", 1, ENGLAND, "2026-10-26T16:00"),
        # An hour that comes twice lies on a Sunday.
        ("2026-10-25T01:30", 1, ENGLAND, "2026-10-27T09:00"),
        ("2026-11-23T10:00", 45, ENGLAND, "2027-01-28T10:00"),
    ],
)
def test_working_days_after(start: str, days: int, nation: Nation, due: str) -> None:
    found = working_days_after(london(start), days, nation)
    assert found == london(due).astimezone(UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("friday", "elapsed"),
    [("2026-03-27T16:00", timedelta(hours=71)), ("2026-10-23T16:00", timedelta(hours=73))],
)
def test_a_weekend_with_a_clock_change_is_not_72_hours(friday: str, elapsed: timedelta) -> None:
    start = london(friday).astimezone(UTC)
    assert working_days_after(start, 1, ENGLAND) - start == elapsed


def test_moments_in_utc_are_read_by_the_wall_clock() -> None:
    # 23:30 UTC on Sunday is half past midnight on Monday in summer time.
    start = datetime(2026, 6, 21, 23, 30, tzinfo=UTC)
    assert working_days_after(start, 1, ENGLAND) == london("2026-06-23T00:30").astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T16:59:59", True),
        ("2026-11-23T17:00", False),
        ("2026-11-27T18:00", False),
        ("2026-11-28T12:00", False),
        ("2026-12-25T12:00", False),
        ("2026-06-22T09:00", True),
    ],
)
def test_in_working_hours(moment: str, expected: bool) -> None:
    assert in_working_hours(london(moment).astimezone(UTC), ENGLAND) is expected


def test_hours_can_be_configured() -> None:
    hours = WorkingHours(time(8), time(20), frozenset(range(7)))
    assert in_working_hours(london("2026-11-28T19:00"), ENGLAND, hours)
    assert working_days_after(london("2026-11-28T19:00"), 1, ENGLAND, hours) == london("2026-11-29T19:00")


def test_naive_and_backward_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        working_days_after(datetime(2026, 11, 23, 10), 1, ENGLAND)  # noqa: DTZ001 - what is to be refused
    with pytest.raises(ValueError, match="forwards"):
        working_days_after(london("2026-11-23T10:00"), -1, ENGLAND)


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(MOMENTS, st.integers(0, 20), st.sampled_from(Nation))
def test_due_is_a_working_day_and_never_before_the_start(start: datetime, days: int, nation: Nation) -> None:
    due = working_days_after(start, days, nation)
    assert is_working_day(due.astimezone(LONDON).date(), nation)
    assert due >= start
    assert working_days_after(due, 1, nation) > due
