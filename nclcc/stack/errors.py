"""What can go wrong with a stack, in words for the person who started it."""

from pathlib import Path

TAIL_LINES = 15


class StackError(RuntimeError):
    """A part of the stack is missing, does not start, or cannot do what was asked; the message says why."""


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log file; empty if there is none."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
