"""A service that is started with wrong settings names each of them, and repeats no secret."""

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from tests.unit.deploy.compose_file import ROOT, SERVICES
from tests.unit.deploy.test_compose import settings_of

SECRET = "not-to-be-shown"
WRONG = {
    "NCLCC_DATABASE_URL": f"postgresql://intel:{SECRET}@localhost/nclcc",
    "NCLCC_KAFKA_PASSWORD": SECRET,
    "NCLCC_ID_KEY": SECRET,
    "NCLCC_HTTP_PORT": SECRET,
}
NAMED = ("kafka_bootstrap", "id_key", "jwks_url", "issuer", "audit_key_file", "http_port")


@pytest.mark.parametrize("service", SERVICES)
def test_settings_name_what_is_wrong_and_repeat_nothing(monkeypatch: pytest.MonkeyPatch, service: str) -> None:
    for name in [name for name in os.environ if name.startswith("NCLCC_")]:
        monkeypatch.delenv(name)
    for name, value in WRONG.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        settings_of(service)()
    assert {str(error["loc"][0]) for error in caught.value.errors()} == set(NAMED)
    assert SECRET not in str(caught.value)


def test_a_service_ends_at_once_and_prints_no_secret() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NCLCC_")} | WRONG
    command = [sys.executable, "-m", "services.intel"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert all(name in done.stderr for name in NAMED)
    assert SECRET not in done.stderr + done.stdout
