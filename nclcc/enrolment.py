"""Enrols an organisation through notify's API and gets it its login to the broker."""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import httpx

from nclcc.stack import StackError

_POLL_SECONDS: Final = 0.05


class EnrolmentFailed(StackError):
    """The service's answer, or that it took too long."""


async def enrol(
    http: httpx.AsyncClient, notify: str, headers: Mapping[str, str], code: str, kafka: bool, seconds: float = 30.0
) -> str | None:
    """Returns when the organisation's topics stand: with its password, or None where it needs none.

    May be run again; a new password then takes the old one's place.
    """
    body = {"code": code, "kafka": kafka}
    answer = await http.post(f"{notify}/v1/organisations", json=body, headers=headers)
    expect(answer, f"enrolling {code}")
    if not kafka:
        return None
    await _wait_provisioned(http, notify, headers, code, seconds)
    answer = await http.post(f"{notify}/v1/organisations/{code}/credentials", headers=headers)
    expect(answer, f"the credentials of {code}")
    password: str | None = answer.json()["password"]
    return password


def expect(answer: httpx.Response, what: str) -> None:
    """Raises EnrolmentFailed for anything but success; a problem names fields and rules, never values."""
    if answer.is_error:
        raise EnrolmentFailed(f"{what}: status {answer.status_code} {answer.text[:500]}")


async def _wait_provisioned(
    http: httpx.AsyncClient, notify: str, headers: Mapping[str, str], code: str, seconds: float
) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = await http.get(f"{notify}/v1/organisations", headers=headers)
        expect(answer, "the organisations")
        found = [one for one in answer.json()["organisations"] if one["code"] == code]
        if found and found[0]["provisioned_at"]:
            return
        await asyncio.sleep(_POLL_SECONDS)
    raise EnrolmentFailed(f"{code} has no topics after {seconds:g} s")
