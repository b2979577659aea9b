"""Reads the playbook's files and checks all of it before the service starts."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from services.safeguarding.domain.playbook import (
    Playbook,
    PlaybookError,
    PlaybookProblem,
    Rule,
    check_together,
    read_rule,
)

SHIPPED: Final = Path(__file__).parent / "playbook"


def load_playbook(folder: Path, today: date) -> Playbook:
    """Every `*.yaml` of the folder; raises `PlaybookError` that names each rule and field that is wrong."""
    rules: list[tuple[str, Rule]] = []
    problems: list[PlaybookProblem] = []
    for path in sorted(folder.glob("*.yaml")):
        for item in _items(path, problems):
            rule, wrong = read_rule(path.name, item)
            problems += wrong
            if rule is not None:
                rules.append((path.name, rule))
    problems += [] if problems else check_together(rules, today)
    if problems:
        raise PlaybookError(problems)
    return Playbook(tuple(rule for _, rule in rules))


def _items(path: Path, problems: list[PlaybookProblem]) -> Iterator[Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else "(file)"
        problems.append(PlaybookProblem(path.name, "(none)", line, "is not valid YAML"))
        return
    rules = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(rules, list):
        problems.append(PlaybookProblem(path.name, "(none)", "rules", "must be a list of rules"))
        return
    yield from rules
