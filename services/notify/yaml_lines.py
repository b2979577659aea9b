"""YAML that people write by hand: read as plain text values, with the line of every field."""

from dataclasses import dataclass
from typing import Any

import yaml

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file: where, which rule, and in words; never the value that stands there."""

    field: str
    rule: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.field}: {self.message} [{self.rule}]"


class FileProblems(ValueError):
    """A file that cannot be used; its text lists every problem, one in a line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Document:
    """The content, with every scalar a string, and the line at which each path begins."""

    content: Any
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int | None:
        """The line of this field, or of the nearest thing around it that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def problem(self, path: Path, rule: str, message: str) -> Problem:
        return Problem(path_text(path), rule, message, self.line_of(path))


def path_text(path: Path) -> str:
    """`("a", 0, "b")` as `a[0].b`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "file"


def read_yaml(text: str) -> Document:
    """Parse one document. Raises FileProblems for what is no YAML, a key given twice, an anchor or alias.

    Scalars stay text: YAML 1.1 would read 22:00 as the number 1320 and `no` as false. Of a key given twice
    PyYAML silently keeps the last, which loses a shift without a word.
    """
    try:
        if any(isinstance(token, yaml.AliasToken | yaml.AnchorToken) for token in yaml.scan(text)):
            raise FileProblems([Problem("file", "no_alias", "anchors and aliases are not used here")])
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        raise FileProblems([Problem("file", "yaml", "is not valid YAML", line)]) from None
    document = Document(None, {})
    problems: list[Problem] = []
    content = None if node is None else _content(node, (), document.lines, problems)
    if problems:
        raise FileProblems(problems)
    return Document(content, document.lines)


def _content(node: yaml.Node, path: Path, lines: dict[Path, int], problems: list[Problem]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_content(item, (*path, index), lines, problems) for index, item in enumerate(node.value)]
    return node.value


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int], problems: list[Problem]) -> Any:
    content: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem(path_text(path), "plain_key", "a key must be a plain word", line))
            continue
        key = str(key_node.value)
        if key in content:
            problems.append(Problem(path_text((*path, key)), "unique", "is given twice", line))
        lines[(*path, key)] = line
        content[key] = _content(value_node, (*path, key), lines, problems)
    return content
