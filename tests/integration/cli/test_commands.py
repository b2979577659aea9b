"""The commands against a running stack, as a person or a script uses them."""

import json
import secrets
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.contracts import examples
from tests.integration.cli.conftest import Nclcc, Up


def line_event(code: str = "metropolitan", **changes: Any) -> str:
    event = {
        "specversion": "1.0",
        "id": f"cli-{secrets.token_hex(4)}",
        "source": f"urn:nclcc:org:{code}",
        "type": "uk.nclcc.line.declared.v1",
        "time": "2026-11-20T18:00:00Z",
        "data": examples.LINE_AS_DECLARED | {"line_id": str(uuid4())},
    }
    return json.dumps({**event, **changes})


@pytest.fixture
def _enrolled(nclcc: Nclcc) -> None:
    assert nclcc("org", "enrol", "metropolitan").returncode == 0


class TestUp:
    def test_prints_where_everything_is(self, up: Up) -> None:
        assert sorted(up.addresses["services"]) == ["intel", "notify", "safeguarding", "tasking"]
        assert up.addresses["stack"] == "embedded"
        assert Path(up.addresses["state"]).stat().st_mode & 0o777 == 0o600

    def test_its_tokens_open_the_apis(self, up: Up) -> None:
        headers = {"authorization": f"Bearer {up.addresses['tokens']['metropolitan']}"}
        answer = httpx.get(f"{up.addresses['services']['intel']}/v1/lines/{uuid4()}", headers=headers, trust_env=False)
        assert answer.status_code == 404

    def test_a_second_one_is_refused(self, nclcc: Nclcc, up: Up) -> None:
        second = nclcc("up", "--stack", "embedded")
        assert second.returncode == 1
        assert str(up.process.pid) in second.stderr


@pytest.mark.usefixtures("_enrolled")
class TestPublish:
    def test_a_file_goes_to_its_topic(self, nclcc: Nclcc, tmp_path: Path) -> None:
        (tmp_path / "event.json").write_text(line_event())
        sent = nclcc("publish", str(tmp_path / "event.json"))
        assert sent.returncode == 0, sent.stderr
        assert "org.metropolitan.intel.v1 [0] @ " in sent.stdout

    def test_lines_from_a_pipe_each_report_their_offset(self, nclcc: Nclcc) -> None:
        sent = nclcc("publish", "-", "--json", text="\n".join(line_event() for _ in range(3)))
        offsets = [json.loads(line)["offset"] for line in sent.stdout.splitlines()]
        assert offsets == list(range(offsets[0], offsets[0] + 3))

    def test_what_was_sent_gets_a_receipt(self, nclcc: Nclcc, up: Up) -> None:
        event = line_event()
        assert nclcc("publish", "-", text=event).returncode == 0
        seen = nclcc("watch", "intel.receipts.*", "--from-beginning", "--json", "--seconds", "4")
        receipts = [json.loads(line)["event"]["data"] for line in seen.stdout.splitlines()]
        assert "accepted" in [one["verdict"] for one in receipts if one["event_id"] == json.loads(event)["id"]]

    def test_anything_may_be_sent_to_a_topic_that_is_named(self, nclcc: Nclcc) -> None:
        assert nclcc("publish", "-", "--topic", "org.metropolitan.pursue.v1", text="{}").returncode == 0

    @pytest.mark.parametrize(
        ("text", "words"), [("no json", "line 1 is no JSON"), ("{}", "type"), (line_event(source="me"), "source")]
    )
    def test_what_cannot_be_addressed_is_said(self, nclcc: Nclcc, text: str, words: str) -> None:
        sent = nclcc("publish", "-", text=text)
        assert sent.returncode == 1
        assert words in sent.stderr


@pytest.mark.usefixtures("_enrolled")
class TestWatch:
    def test_a_readable_line_for_each_event(self, nclcc: Nclcc) -> None:
        event = json.loads(line_event())
        nclcc("publish", "-", text=json.dumps(event))
        seen = nclcc("watch", "intel.lines.*", "--from-beginning", "--seconds", "4")
        (line,) = [line for line in seen.stdout.splitlines() if event["data"]["line_id"] in line]
        assert "intel.lines.state.v1  intel.line-changed.v1" in line
        assert "owner=metropolitan" in line

    def test_too_few_is_a_failure(self, nclcc: Nclcc) -> None:
        assert nclcc("watch", "nothing.*", "--count", "1", "--seconds", "0.5").returncode == 1


class TestPlatform:
    def test_nothing_is_pending(self, nclcc: Nclcc) -> None:
        rows = json.loads(nclcc("migrate", "--check", "--json").stdout)
        assert [(row["service"], row["pending"]) for row in rows] == [
            (service, []) for service in ("intel", "tasking", "safeguarding", "notify")
        ]

    def test_all_topics_are_there(self, nclcc: Nclcc) -> None:
        rows = json.loads(nclcc("topics", "--json").stdout)
        assert {row["there"] for row in rows} == {"yes"}

    def test_topics_of_an_organisation_are_made(self, nclcc: Nclcc) -> None:
        before = json.loads(nclcc("topics", "--of", "cumbria", "--json").stdout)
        after = json.loads(nclcc("topics", "--of", "cumbria", "--ensure", "--json").stdout)
        assert {row["there"] for row in before} == {"missing"}
        assert {row["there"] for row in after} == {"yes"}

    def test_doctor(self, nclcc: Nclcc) -> None:
        shown = nclcc("doctor", "--json")
        checks = {check["what"]: check for check in json.loads(shown.stdout)}
        assert shown.returncode == 0, shown.stdout
        assert checks["topics"]["found"] == "all there"
        assert checks["schema of notify"]["found"] == "up to date"
        assert checks["tasking"]["found"] == "ready"


class TestToken:
    def test_it_is_accepted(self, nclcc: Nclcc, up: Up) -> None:
        token = nclcc("token", "nclcc", "--role", "operator").stdout.strip()
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.get(f"{up.addresses['services']['tasking']}/v1/dead-letters", headers=headers, trust_env=False)
        assert answer.status_code == 200


class TestOrganisations:
    def test_enrolling_says_what_there_is(self, nclcc: Nclcc) -> None:
        shown = json.loads(nclcc("org", "enrol", "kent", "--json").stdout)
        assert shown["name"] == "Kent Police"
        assert "org.kent.inbox.v1" in shown["topics"]

    def test_one_that_takes_no_kafka(self, nclcc: Nclcc) -> None:
        assert json.loads(nclcc("org", "enrol", "la-thanet", "--no-kafka", "--json").stdout)["topics"] == []


class TestDeadLetters:
    def test_none(self, nclcc: Nclcc) -> None:
        assert nclcc("dlt", "list").stdout.strip() == "no dead letters"
        assert json.loads(nclcc("dlt", "replay", "tasking.submissions", "--json").stdout) == {"requested": 0}

    def test_one_that_is_not_there(self, nclcc: Nclcc) -> None:
        shown = nclcc("dlt", "show", "tasking.submissions", "org.kent.pursue.v1", "0", "1")
        assert (shown.returncode, shown.stderr.strip()) == (1, "nclcc: there is no such dead letter")


class TestAudit:
    def test_the_log_is_whole(self, nclcc: Nclcc) -> None:
        shown = nclcc("audit", "verify", "--json")
        reports = [json.loads(line) for line in shown.stdout.splitlines()]
        assert [(report["service"], report["findings"]) for report in reports] == [
            (service, []) for service in ("intel", "tasking", "safeguarding", "notify")
        ]
        assert shown.returncode == 0


class TestPostcodes:
    def test_a_directory_is_loaded(self, nclcc: Nclcc, tmp_path: Path) -> None:
        (tmp_path / "onspd.csv").write_text("pcds,oslaua,dointr\nCT9 1AA,E07000114,198001\n")
        assert nclcc("postcodes", "load", str(tmp_path / "onspd.csv")).stdout.strip() == "1 postcodes"

    def test_another_file_is_refused(self, nclcc: Nclcc, tmp_path: Path) -> None:
        (tmp_path / "other.csv").write_text("a,b\n1,2\n")
        shown = nclcc("postcodes", "load", str(tmp_path / "other.csv"))
        assert shown.returncode == 1
        assert "other.csv: not an ONS postcode directory" in shown.stderr
