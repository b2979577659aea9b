"""The rota across midnight, overrides and both clock changes of 2026."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.rota import (
    LONDON,
    Override,
    Rota,
    Shift,
    Stretch,
    coverage,
    gaps,
    next_shift_start,
    on_call,
    shift_starts,
)

SUNDAY = 6
SPRING = datetime(2026, 3, 29, tzinfo=UTC)  # 01:00 GMT becomes 02:00 BST
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)  # 02:00 BST becomes 01:00 GMT


def utc(day: datetime, hours: float) -> datetime:
    return day + timedelta(hours=hours)


def every_day(start: str, end: str, contact: str) -> tuple[Shift, ...]:
    return tuple(Shift(day, start, end, contact) for day in range(7))


DAY_AND_NIGHT = Rota(every_day("08:00", "20:00", "day") + every_day("20:00", "08:00", "night"))
MEETING_AT_HALF_PAST_ONE = Rota(every_day("13:30", "01:30", "late") + every_day("01:30", "13:30", "early"))


class TestOnCall:
    @pytest.mark.parametrize(
        ("at", "contact"),
        [
            (datetime(2026, 6, 1, 6, 59, tzinfo=UTC), "night"),
            (datetime(2026, 6, 1, 7, 0, tzinfo=UTC), "day"),
            (datetime(2026, 6, 1, 18, 59, tzinfo=UTC), "day"),
            (datetime(2026, 6, 1, 19, 0, tzinfo=UTC), "night"),
            (datetime(2026, 6, 1, 23, 30, tzinfo=UTC), "night"),
            (datetime(2026, 1, 5, 7, 59, tzinfo=UTC), "night"),
            (datetime(2026, 1, 5, 8, 0, tzinfo=UTC), "day"),
        ],
    )
    def test_follows_the_clock_on_the_wall_over_midnight(self, at: datetime, contact: str) -> None:
        assert on_call(DAY_AND_NIGHT, at) == [contact]

    @pytest.mark.parametrize(
        ("at", "contact"),
        [
            (utc(SPRING, 0.98), "late"),
            (utc(SPRING, 1.0), "early"),  # 01:30 never comes: the turn changes when the clocks do
            (utc(SPRING, 12.49), "early"),
            (utc(SPRING, 12.5), "late"),
            (utc(AUTUMN, 0.49), "late"),
            (utc(AUTUMN, 0.5), "early"),  # the first 01:30
            (utc(AUTUMN, 1.25), "early"),  # the second 01:15: nobody is called back
            (utc(AUTUMN, 1.5), "early"),
            (utc(AUTUMN, 13.49), "early"),
            (utc(AUTUMN, 13.5), "late"),
        ],
    )
    def test_changes_once_in_the_missing_and_in_the_repeated_hour(self, at: datetime, contact: str) -> None:
        assert on_call(MEETING_AT_HALF_PAST_ONE, at) == [contact]

    def test_an_override_hides_the_shifts_and_two_overrides_are_both_on_call(self) -> None:
        start = datetime(2026, 12, 25, 9, tzinfo=LONDON)
        rota = Rota(
            DAY_AND_NIGHT.shifts,
            (
                Override(start, start + timedelta(hours=4), "holiday"),
                Override(start + timedelta(hours=2), start + timedelta(hours=3), "second"),
            ),
        )
        assert on_call(rota, start - timedelta(seconds=1)) == ["day"]
        assert on_call(rota, start) == ["holiday"]
        assert on_call(rota, start + timedelta(hours=2)) == ["holiday", "second"]
        assert on_call(rota, start + timedelta(hours=4)) == ["day"]

    def test_an_override_holds_through_the_repeated_hour(self) -> None:
        first = datetime(2026, 10, 25, 1, 15, tzinfo=LONDON)
        rota = Rota((), (Override(first, first.replace(fold=1), "cover"),))
        assert gaps(rota, utc(AUTUMN, 0), utc(AUTUMN, 2)) == [
            Stretch(utc(AUTUMN, 0), utc(AUTUMN, 0.25), ()),
            Stretch(utc(AUTUMN, 1.25), utc(AUTUMN, 2), ()),
        ]

    def test_an_empty_rota_has_nobody(self) -> None:
        assert on_call(Rota(), SPRING) == []
        assert next_shift_start(Rota(), SPRING) is None
        assert shift_starts(Rota(), SPRING, 3) == []


class TestLengths:
    @pytest.mark.parametrize(("change", "hours"), [(SPRING, 11), (AUTUMN, 13)])
    def test_the_night_of_a_change_is_an_hour_shorter_or_longer(self, change: datetime, hours: int) -> None:
        start = change - timedelta(hours=12)
        night = next(s for s in coverage(DAY_AND_NIGHT, start, utc(change, 24)) if s.contacts == ("night",))
        assert night.end - night.start == timedelta(hours=hours)

    def test_a_shift_inside_the_missing_hour_is_empty(self) -> None:
        rota = Rota((Shift(SUNDAY, "01:10", "01:50", "nobody"), Shift(SUNDAY, "01:30", "02:15", "short")))
        assert [s for s in coverage(rota, SPRING, utc(SPRING, 24)) if s.contacts] == [
            Stretch(utc(SPRING, 1), utc(SPRING, 1.25), ("short",))
        ]

    def test_a_shift_over_the_repeated_hour_lasts_two(self) -> None:
        rota = Rota((Shift(SUNDAY, "01:00", "02:00", "both"),))
        assert [s for s in coverage(rota, AUTUMN, utc(AUTUMN, 24)) if s.contacts] == [
            Stretch(utc(AUTUMN, 0), utc(AUTUMN, 2), ("both",))
        ]


class TestNextShiftStart:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 28, 20, tzinfo=UTC)),
            (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 3, 29, 7, tzinfo=UTC)),
            (datetime(2026, 10, 24, 19, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC)),
        ],
    )
    def test_is_strictly_later_and_knows_the_clocks(self, at: datetime, expected: datetime) -> None:
        assert next_shift_start(DAY_AND_NIGHT, at) == expected

    def test_a_friday_evening_waits_for_monday(self) -> None:
        office = Rota(tuple(Shift(day, "09:00", "17:00", "mash") for day in range(5)))
        friday = datetime(2026, 10, 23, 18, tzinfo=LONDON)
        assert next_shift_start(office, friday) == datetime(2026, 10, 26, 9, tzinfo=UTC)

    def test_a_shift_under_an_override_begins_when_that_ends(self) -> None:
        start = datetime(2026, 6, 1, 7, tzinfo=UTC)
        rota = Rota(
            DAY_AND_NIGHT.shifts,
            (Override(start - timedelta(hours=1), start + timedelta(hours=2), "cover"),),
        )
        assert shift_starts(rota, start - timedelta(hours=2), 3) == [
            start - timedelta(hours=1),
            start + timedelta(hours=2),
            start + timedelta(hours=12),
        ]

    def test_a_month_of_override_does_not_hide_what_follows(self) -> None:
        start = datetime(2026, 6, 1, tzinfo=UTC)
        rota = Rota((Shift(2, "09:00", "10:00", "weekly"),), (Override(start, start + timedelta(days=30), "cover"),))
        assert next_shift_start(rota, start) == datetime(2026, 7, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["24:00", "7:00", "07:60", "0700", "", "07:00:00", "\u0660\u0667:\u0660\u0660"])
def test_a_wrong_time_is_refused_and_not_repeated(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^start: HH:MM, 00:00 to 23:59$"):
        Shift(0, wrong, "08:00", "x")


def test_a_naive_or_backward_override_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Override(datetime(2026, 1, 1), datetime(2026, 1, 2), "x")  # noqa: DTZ001
    with pytest.raises(ValueError, match="after the start"):
        Override(SPRING, SPRING, "x")


wall_times = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
shifts = st.builds(Shift, st.integers(0, 6), wall_times, wall_times, st.sampled_from("abc"))
starts = st.one_of(
    st.integers(-3000, 3000).map(lambda minutes: SPRING + timedelta(minutes=minutes)),
    st.integers(-3000, 3000).map(lambda minutes: AUTUMN + timedelta(minutes=minutes)),
)
overrides = st.builds(
    lambda start, minutes: Override(start, start + timedelta(minutes=minutes), "o"),
    starts,
    st.integers(1, 3000),
)
rotas = st.builds(Rota, st.lists(shifts, max_size=6).map(tuple), st.lists(overrides, max_size=2).map(tuple))


@settings(max_examples=60, deadline=None)
@given(rotas, starts, st.integers(1, 5000), st.data())
def test_gaps_and_cover_partition_the_time_line(rota: Rota, start: datetime, minutes: int, data: st.DataObject) -> None:
    until = start + timedelta(minutes=minutes)
    stretches = coverage(rota, start, until)
    assert stretches[0].start == start
    assert stretches[-1].end == until
    assert all(a.end == b.start for a, b in pairwise(stretches))
    assert [s for s in stretches if not s.contacts] == gaps(rota, start, until)
    at = start + timedelta(minutes=data.draw(st.integers(0, minutes - 1)))
    held = next(s for s in stretches if s.start <= at < s.end)
    assert list(held.contacts) == on_call(rota, at)


@settings(max_examples=40, deadline=None)
@given(rotas, starts)
def test_somebody_is_on_call_at_the_next_start_and_it_lies_ahead(rota: Rota, at: datetime) -> None:
    following = next_shift_start(rota, at)
    if following is None:
        later = [at + timedelta(hours=hours) for hours in range(1, 24 * 8)]
        assert not any(now and not before for before, now in pairwise(bool(on_call(rota, t)) for t in later))
    else:
        assert following > at
        assert on_call(rota, following)
