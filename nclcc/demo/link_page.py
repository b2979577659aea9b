"""The page behind an alert's link, as a person's browser would fill it in."""

import re

from shared.contracts.protect import AnswerKind

_TAGS = re.compile(r"<[^>]+>")
_SAID = {AnswerKind.ACKNOWLEDGED: "seen", AnswerKind.ACCEPTED: "accepted", AnswerKind.DECLINED: "declined"}


def answer_form(kind: AnswerKind, by: str, reason: str | None) -> dict[str, str]:
    """The form's fields: what is said, who says it, and why."""
    return {"said": _SAID[kind], "by": by, "reason": reason or ""}


def page_state(html: str) -> str:
    """The page's words, to see whether two openings show the same."""
    return " ".join(_TAGS.sub(" ", html).split())
