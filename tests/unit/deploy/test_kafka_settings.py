"""Compose's broker is set as the local stack's: the same logins, the same ACLs, the same sizes."""

from typing import Final

from nclcc.stack.kafka import FIXED_SETTINGS
from nclcc.stack.parts import SERVICE_PRINCIPALS
from tests.unit.deploy.compose_file import ROOT

FOLDER: Final = ROOT / "deploy" / "compose" / "kafka"
# A listener more, for force systems on the same machine.
DIFFERENT: Final = {
    "listener.security.protocol.map": "CLIENTS:SASL_PLAINTEXT,HOST:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT"
}


def _properties() -> dict[str, str]:
    lines = (FOLDER / "server.properties").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_setting_of_the_local_stack_holds_in_compose_too() -> None:
    found = _properties()
    assert {key: found.get(key) for key in FIXED_SETTINGS} == {**FIXED_SETTINGS, **DIFFERENT}


def test_every_listener_asks_for_a_login() -> None:
    found = _properties()
    names = [listener.split(":")[0] for listener in found["listeners"].split(",")]
    assert names == ["CLIENTS", "HOST", "CONTROLLER"]
    for name in names:
        assert f"{name}:SASL_PLAINTEXT" in found["listener.security.protocol.map"]
        assert f"listener.name.{name.lower()}.sasl.enabled.mechanisms" in found


def test_passwords_come_from_the_environment_only() -> None:
    for key, value in _properties().items():
        if "password" in value:
            assert value.count('password="') == value.count('password="${env:NCLCC_KAFKA_PASSWORD_ADMIN}"'), key


def test_the_start_gives_a_login_to_each_service_and_none_a_default() -> None:
    start = (FOLDER / "start").read_text(encoding="utf-8")
    for principal in SERVICE_PRINCIPALS:
        variable = f"NCLCC_KAFKA_PASSWORD_{principal.removeprefix('svc-').upper()}"
        assert f'login {principal} "${variable}"' in start
        assert f"${{{variable}:?is not set}}" in start
