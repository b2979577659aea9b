"""The playbook is data: what is wrong with it is named by rule and field before anything starts."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.safeguarding.domain.due import Due
from services.safeguarding.domain.playbook import PlaybookError, Rule
from services.safeguarding.playbook_files import SHIPPED, load_playbook
from shared.reference import Nation

TODAY = date(2026, 11, 23)


def shipped() -> list[dict[str, Any]]:
    return [rule for path in sorted(SHIPPED.glob("*.yaml")) for rule in yaml.safe_load(path.read_text())["rules"]]


def problems(folder: Path, rules: list[dict[str, Any]]) -> list[str]:
    (folder / "rules.yaml").write_text(yaml.safe_dump({"rules": rules}))
    with pytest.raises(PlaybookError) as caught:
        load_playbook(folder, TODAY)
    return [str(problem) for problem in caught.value.problems]


def test_the_shipped_playbook_covers_children_in_every_nation() -> None:
    edition = load_playbook(SHIPPED, TODAY).on(TODAY)
    needs = {need.name: set(need.by_nation) for need in edition.needs}
    assert needs["children"] == needs["host-authority"] == needs["home-authority"] == set(Nation)
    assert needs["housing"] == {Nation.ENGLAND, Nation.WALES, Nation.SCOTLAND}


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("due", {"life_risk": "soon", "urgent": "elapsed 4h", "routine": "working days 1"}, "due.life_risk"),
        ("nations", ["Atlantis"], "nations.0"),
        ("route", ["force_of_place"], "route"),
        ("when", "full_moon", "when"),
        ("about", "action", "about"),
        ("effective_to", "2020-01-01", "effective_to"),
        ("minimum", {"required": ["person.identity.nhs_number"]}, "minimum"),
        ("minimum", {"required": ["person.identty"]}, "minimum"),
        ("colour", "blue", "colour"),
    ],
)
def test_each_mistake_names_its_rule_and_field(tmp_path: Path, field: str, value: Any, named: str) -> None:
    rules = shipped()
    next(rule for rule in rules if rule["id"] == "receiving-force")[field] = value
    assert any(f"rule receiving-force: {named}: " in problem for problem in problems(tmp_path, rules))


def test_two_rules_for_one_nation_and_a_missing_fallback(tmp_path: Path) -> None:
    rules = [rule for rule in shipped() if rule["id"] != "centre-cannot-be-routed"]
    double = dict(next(rule for rule in rules if rule["id"] == "children-england"), id="children-again")
    found = "\n".join(problems(tmp_path, [*rules, double]))
    assert "rule children-again: nations: England already covered by rule children-england" in found
    assert "a rule for `cannot_be_routed` must be in force" in found


def test_no_yaml_is_named_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("rules:\n  - id: [\n")
    with pytest.raises(PlaybookError, match=r"a\.yaml"):
        load_playbook(tmp_path, TODAY)


def test_a_rule_ends_and_its_successor_begins(tmp_path: Path) -> None:
    rules = shipped()
    old = next(rule for rule in rules if rule["id"] == "receiving-force")
    old["effective_to"] = date(2026, 12, 1)
    rules.append({**old, "effective_from": date(2026, 12, 1), "effective_to": None, "title": "The next edition"})
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"rules": rules}))
    playbook = load_playbook(tmp_path, TODAY)

    def title(day: date) -> str:
        return next(need for need in playbook.on(day).needs if need.name == "receiving-force").sample.title

    assert title(TODAY) != title(date(2026, 12, 1)) == "The next edition"


@pytest.mark.parametrize(
    ("text", "nation", "due"),
    [
        ("elapsed 15m", Nation.ENGLAND, datetime(2026, 11, 27, 18, 15, tzinfo=UTC)),
        ("elapsed 72h", Nation.ENGLAND, datetime(2026, 11, 30, 18, 0, tzinfo=UTC)),
        ("working days 1", Nation.ENGLAND, datetime(2026, 11, 30, 18, 0, tzinfo=UTC)),
        # St Andrew's Day is a bank holiday in Scotland only
        ("working days 1", Nation.SCOTLAND, datetime(2026, 12, 1, 18, 0, tzinfo=UTC)),
    ],
)
def test_due(text: str, nation: Nation, due: datetime) -> None:
    assert Due.parse(text).after(datetime(2026, 11, 27, 18, 0, tzinfo=UTC), nation) == due


def test_every_rule_says_where_its_law_is() -> None:
    for rule in (Rule.model_validate(item) for item in shipped()):
        for nation in rule.nations:
            assert all("legislation.gov.uk" in one or "gov" in one for one in rule.bases_in(nation))
