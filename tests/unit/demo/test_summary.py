"""The figures at the end: what they are made of, for people and for scripts."""

import json

import pytest

from nclcc.demo.summary import Latency, Summary, percentile

SUMMARY = Summary(
    stands_on=["broker: X 1", "database: Y 2"],
    seconds=41.3,
    submissions=98,
    receipts={"accepted": 95, "rejected": 3},
    tasks=520,
    alerts=511,
    acknowledged=6,
    at_fallback=1,
    answers=6,
    latency=Latency(80, 480, 10.0, 18.4, 55.1),
)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([5.0], 0.5, 5.0),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0),
        ([4.0, 1.0, 3.0, 2.0], 0.99, 4.0),
        ([float(n) for n in range(1, 101)], 0.99, 99.0),
        ([1.0, 2.0], 0.0, 1.0),
    ],
)
def test_percentile_is_the_nearest_rank(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_every_figure_stands_on_the_screen() -> None:
    text = "\n".join(SUMMARY.lines())
    for figure in (
        "broker: X 1; database: Y 2",
        "41.3 s",
        "98",
        "95 accepted, 3 rejected",
        "520",
        "511: 6",
        "1 at the centre as the fallback",
    ):
        assert figure in text
    assert "median 18 ms, p99 55 ms" in text
    assert "invented" in text


def test_without_a_measured_stretch_there_is_no_latency() -> None:
    bare = Summary(["x"], 1.0, 0, {}, 0, 0, 0, 0, 0)
    assert "median" not in "\n".join(bare.lines())


def test_a_script_gets_the_same_figures() -> None:
    found = json.loads(json.dumps(SUMMARY.as_json()))
    assert found["latency"]["p99_ms"] == 55.1
    assert found["receipts"] == {"accepted": 95, "rejected": 3}
