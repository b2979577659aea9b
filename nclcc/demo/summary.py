"""The figures at the end of a demonstration, for people and for scripts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Latency:
    """From the producer's send to the hand-over of an action's last alert, in milliseconds."""

    actions: int
    tasks: int
    per_second: float
    median_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What happened in all. Receipts are counted by their verdict, alerts by what became of them."""

    stands_on: Sequence[str]
    seconds: float
    submissions: int
    receipts: Mapping[str, int]
    tasks: int
    alerts: int
    acknowledged: int
    at_fallback: int
    answers: int
    latency: Latency | None = None
    invented: str = "Real geography; every person and every pair of forces is invented."
    failed: str | None = field(default=None)

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a person."""
        receipts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(self.receipts.items()))
        rows = [
            ("stands on", "; ".join(self.stands_on)),
            ("took", f"{self.seconds:.1f} s, from starting the broker and the database"),
            ("submissions", f"{self.submissions}"),
            ("receipts", receipts or "none"),
            ("Protect tasks", f"{self.tasks}"),
            (
                "alerts",
                f"{self.alerts}: {self.acknowledged} acknowledged, {self.at_fallback} at the centre as the fallback",
            ),
            ("answers", f"{self.answers}"),
            *_latency_rows(self.latency),
            ("note", self.invented),
        ]
        return ["", "== Summary", *(f"{name:>15}  {words}" for name, words in rows)]


def _latency_rows(latency: Latency | None) -> list[tuple[str, str]]:
    if latency is None:
        return []
    measured = f"{latency.actions} actions at {latency.per_second:.1f} a second, {latency.tasks} tasks"
    figures = f"median {latency.median_ms:.0f} ms, p99 {latency.p99_ms:.0f} ms"
    return [("measured", measured), ("last alert", f"{figures} from the force's send to the hand-over")]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed (nearest rank); ValueError for none."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
