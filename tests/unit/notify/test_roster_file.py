"""The roster file: the example is sound, and what is wrong is named with its line and not repeated."""

from datetime import UTC, datetime
from importlib.resources import files

import pytest

from services.notify.escalation import DUTY_DESK, NextShift
from services.notify.roster_file import load_roster
from services.notify.rota import gaps, on_call
from services.notify.yaml_lines import FileProblems, read_yaml

EXAMPLE = files("services.notify").joinpath("data/roster.example.yaml").read_text(encoding="utf-8")


def problems(text: str, *, complete: bool = True) -> list[tuple[str, str]]:
    with pytest.raises(FileProblems) as caught:
        load_roster(text, complete=complete)
    for problem in caught.value.problems:
        assert problem.line is not None
    return [(problem.field, problem.rule) for problem in caught.value.problems]


class TestExample:
    def test_has_the_centre_with_both_desks_and_two_forces(self) -> None:
        roster = load_roster(EXAMPLE)
        centre, *forces = roster.organisations
        assert centre.code == "nclcc"
        assert len(centre.desk("duty")) == len(centre.desk("sealed")) == 2
        assert [force.code for force in forces] == ["kent", "metropolitan"]

    def test_its_rotas_have_no_gap_over_both_clock_changes(self) -> None:
        for organisation in load_roster(EXAMPLE).organisations:
            for written in organisation.rotas:
                rota = written.to_rota(organisation.code)
                for month in (3, 10):
                    start = datetime(2026, month, 20, tzinfo=UTC)
                    assert gaps(rota, start, start.replace(day=31)) == []

    def test_an_override_is_in_london_time(self) -> None:
        kent = load_roster(EXAMPLE).organisations[1]
        rota = kent.rotas[0].to_rota("kent")
        assert on_call(rota, datetime(2026, 12, 25, 23, tzinfo=UTC)) == ["kent/safeguarding-lead"]

    def test_its_policies_become_pure_ones(self) -> None:
        _, kent, metropolitan = load_roster(EXAMPLE).organisations
        assert kent.policies[0].to_policy().fallback == DUTY_DESK
        assert isinstance(metropolitan.policies[0].to_policy().steps[0].delay, NextShift)


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        ('end: "07:00"', 'end: "25:99"', "organisations[0].rotas[0].shifts[1].end", "value_error"),
        ("repeat: 0", "repat: 0", "organisations[1].policies[0].repat", "extra_forbidden"),
        ("07700 900112", "Jane", "organisations[1].contacts[1].channels[0].address", "value_error"),
        ("urgency: routine", "urgency: soonish", "organisations[2].policies[0].urgency", "literal_error"),
        ("code: kent", "code: Kent!", "organisations[1].code", "string_pattern_mismatch"),
        ("id: night-sergeant", "id: safeguarding-lead", "organisations[1].contacts[1].id", "unique"),
        ("desk: sealed", "desk: locked", "organisations", "fallback"),
        ("code: metropolitan", "code: kent", "organisations[2].code", "unique"),
        (
            "contact: deputy-coordinator",
            "contact: sealed-lead",
            "organisations[0].rotas[0].shifts[1].contact",
            "known",
        ),
        (
            "ref: metropolitan/safeguarding",
            "ref: metropolitan/nobody",
            "organisations[2].policies[0].steps[0].targets[0].ref",
            "known",
        ),
        (
            "{kind: contact, ref: nclcc/duty-coordinator}",
            "{kind: desk, ref: nclcc/sealed}",
            "organisations[1].policies[0].steps[2].targets[0].ref",
            "sealed_desk",
        ),
        (
            "secret_name: kent-alerts",
            "# none",
            "organisations[1].contacts[0].channels[0].secret_name",
            "value_error",
        ),
        ("https://alerts", "ftp://alerts", "organisations[1].contacts[0].channels[0].address", "value_error"),
        ("2026-12-26T08:00", "2026-12-24T08:00", "organisations[1].rotas[0].overrides[0].end", "value_error"),
    ],
)
def test_names_the_field_and_the_rule(old: str, new: str, field: str, rule: str) -> None:
    assert old in EXAMPLE
    assert (field, rule) in problems(EXAMPLE.replace(old, new))


def test_says_the_line_and_not_the_value() -> None:
    wrong = EXAMPLE.replace("07700 900112", "Jane Example")
    line = next(number for number, text in enumerate(wrong.splitlines(), 1) if "Jane Example" in text)
    with pytest.raises(FileProblems) as caught:
        load_roster(wrong)
    assert f"line {line}: " in str(caught.value)
    assert "Jane" not in str(caught.value)


def test_one_error_inside_a_list_does_not_call_the_list_empty() -> None:
    assert [rule for _, rule in problems(EXAMPLE.replace("code: kent", "code: Kent!"))] == ["string_pattern_mismatch"]


def test_a_single_organisation_may_refer_to_the_centre() -> None:
    lines = EXAMPLE.splitlines(keepends=True)
    kent = next(index for index, line in enumerate(lines) if "code: kent" in line)
    alone = "version: 1\norganisations:\n" + "".join(lines[kent:])
    assert [one.code for one in load_roster(alone, complete=False).organisations] == ["kent", "metropolitan"]
    assert ("organisations", "fallback") in problems(alone)


class TestYaml:
    @pytest.mark.parametrize(
        ("text", "rule"),
        [
            ("a: [", "yaml"),
            ("a: &x 1\nb: *x", "no_alias"),
            ("a: 1\na: 2", "unique"),
            ("? [a]\n: 1", "plain_key"),
        ],
    )
    def test_refuses(self, text: str, rule: str) -> None:
        with pytest.raises(FileProblems) as caught:
            read_yaml(text)
        assert [problem.rule for problem in caught.value.problems] == [rule]

    def test_an_unquoted_time_is_a_time(self) -> None:
        assert read_yaml("start: 22:00\nid: no").content == {"start": "22:00", "id": "no"}

    @pytest.mark.parametrize("text", ["", "[]", "hello"])
    def test_a_file_of_another_shape_is_refused(self, text: str) -> None:
        with pytest.raises(FileProblems):
            load_roster(text)
