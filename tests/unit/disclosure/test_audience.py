"""The one visibility function, by table: every viewer against every kind of record."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.disclosure import Audience, Guarded, Viewer, audience_of, can_see, may_be_told, project

OPEN = Guarded(acting="metropolitan", recipients=frozenset({"kent"}))
SEALED = Guarded(acting="metropolitan", recipients=frozenset({"kent"}), sealed=True, named=frozenset({"kent/kent-di"}))

VIEWERS = {
    "recipient": Viewer("kent"),
    "acting": Viewer("metropolitan"),
    "stranger": Viewer("essex"),
    "nobody": Viewer(""),
    "named": Viewer("kent", contact="kent-di", told=True),
    "named, but no longer valid": Viewer("kent", contact="kent-di"),
    "colleague of the named": Viewer("kent", contact="kent-pc", told=True),
    "namesake elsewhere": Viewer("essex", contact="kent-di", told=True),
    "centre": Viewer("nclcc", centre=True),
    "says centre, is not": Viewer("essex", centre=True),
    "sealed desk": Viewer("nclcc", contact="nclcc-sealed", desks=frozenset({"sealed"}), centre=True),
    "sealed desk elsewhere": Viewer("essex", contact="x", desks=frozenset({"sealed"})),
    "sealed desk without a person": Viewer("nclcc", desks=frozenset({"sealed"}), centre=True),
    "national": Viewer("", national=True),
    "kent's inbox": Viewer.inbox("kent"),
    "centre's inbox": Viewer.inbox("nclcc"),
}

EXPECTED = {
    "recipient": (Audience.RECIPIENT, Audience.NOBODY),
    "acting": (Audience.ACTING, Audience.NOBODY),
    "stranger": (Audience.NOBODY, Audience.NOBODY),
    "nobody": (Audience.NOBODY, Audience.NOBODY),
    "named": (Audience.RECIPIENT, Audience.NAMED),
    "named, but no longer valid": (Audience.RECIPIENT, Audience.NOBODY),
    "colleague of the named": (Audience.RECIPIENT, Audience.NOBODY),
    "namesake elsewhere": (Audience.NOBODY, Audience.NOBODY),
    "centre": (Audience.CENTRE, Audience.NOBODY),
    "says centre, is not": (Audience.NOBODY, Audience.NOBODY),
    "sealed desk": (Audience.CENTRE, Audience.NAMED),
    "sealed desk elsewhere": (Audience.NOBODY, Audience.NOBODY),
    "sealed desk without a person": (Audience.CENTRE, Audience.NOBODY),
    "national": (Audience.NATIONAL, Audience.NOBODY),
    "kent's inbox": (Audience.RECIPIENT, Audience.NOBODY),
    "centre's inbox": (Audience.CENTRE, Audience.NOBODY),
}


@pytest.mark.parametrize("who", VIEWERS)
def test_by_table(who: str) -> None:
    viewer = VIEWERS[who]
    assert (audience_of(viewer, OPEN), audience_of(viewer, SEALED)) == EXPECTED[who]


NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("named", "valid_until", "expected"),
    [
        (True, None, True),
        (True, NOW + timedelta(seconds=1), True),
        (True, NOW, False),
        (False, None, False),
        (False, NOW + timedelta(seconds=1), False),
    ],
)
def test_only_a_named_and_valid_contact_may_be_told(named: bool, valid_until: datetime | None, expected: bool) -> None:
    assert may_be_told(named, valid_until, NOW) is expected


@pytest.mark.parametrize("audience", [Audience.CENTRE, Audience.NATIONAL])
def test_a_lead_that_may_be_sealed_is_shown_to_neither_the_centre_nor_the_nation(audience: Audience) -> None:
    assert project("pursue_action", audience, {"version": 1, "lead": "an id"}) == {"version": 1}


@given(st.text(max_size=5), st.booleans(), st.booleans())
def test_a_viewer_without_a_contact_never_sees_what_is_sealed(code: str, centre: bool, national: bool) -> None:
    viewer = Viewer(code, centre=centre, national=national, desks=frozenset({"sealed"}))
    assert not can_see(viewer, SEALED)


def test_sealed_for_nobody_is_seen_by_nobody_but_the_sealed_desk() -> None:
    unnamed = Guarded(acting="kent", recipients=frozenset({"kent"}), sealed=True)
    seen_by = [who for who, viewer in VIEWERS.items() if can_see(viewer, unnamed)]
    assert seen_by == ["sealed desk"]


def test_what_has_no_row_in_the_table_shows_nothing() -> None:
    assert project("protect_task", Audience.NOBODY, {"task": "1"}) is None
    assert project("unheard-of", Audience.RECIPIENT, {"task": "1"}) is None


def test_a_projection_is_an_allow_list() -> None:
    seen = project("protect_task", Audience.ACTING, {"task": "1", "minimum": {"name": "x"}, "invented": 1})
    assert seen == {"task": "1"}
