"""Why a demonstration ends early: a step did not come out as the story says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StepFailed(Exception):
    """Names the step, what was expected, and what came instead."""

    step: str
    expected: str
    came: str

    def __str__(self) -> str:
        return f"{self.step}\n  expected: {self.expected}\n  came:     {self.came}"
