"""`nclcc org`: who takes part."""

from typing import Annotated, Any

import httpx
import typer

from nclcc.commands.output import fail, out, show_json
from nclcc.commands.reach import operator, run, service_url
from nclcc.enrolment import enrol as enrol_organisation
from nclcc.state import State, add_login, find_state, state_file
from shared.bus.admin import organisation_principal
from shared.contracts.topics import ORGANISATION_TOPICS
from shared.reference import reference

app = typer.Typer(help="Organisations that take part.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Organisations that take part."""


@app.command()
def enrol(
    code: Annotated[str, typer.Argument(help="The organisation's code, such as kent, la-kent or rocu-nwrocu.")],
    kafka: Annotated[bool, typer.Option(help="Whether it gets topics of its own; else it uses the API.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Let an organisation take part: its topics, and its login where the broker has logins. Again: a new login.

    \b
    Examples:
      nclcc org enrol kent
      nclcc org enrol la-thanet --no-kafka
    """
    found = reference().organisations.get(code)
    if found is None:
        fail(f"no organisation has the code {code}", 2)
    password = run(_enrol(code, kafka))
    shown: dict[str, Any] = {
        "code": code,
        "name": found.name,
        "topics": [kind.of(code).name for kind in ORGANISATION_TOPICS] if kafka else [],
        "username": organisation_principal(code) if password else None,
        "password": password,
    }
    state = find_state()
    if password and state is not None:
        add_login(state_file(), code, _settings(state, code, password))
    if json:
        show_json(shown)
        return
    out.print(f"{found.name} ({code}) takes part", markup=False)
    for name in ("topics", "username", "password"):
        if shown[name]:
            value = " ".join(shown[name]) if name == "topics" else shown[name]
            out.print(f"{name:<10}{value}", markup=False)


async def _enrol(code: str, kafka: bool) -> str | None:
    async with httpx.AsyncClient(timeout=15.0, trust_env=False) as http:
        return await enrol_organisation(http, service_url("notify"), operator(), code, kafka)


def _settings(state: State, code: str, password: str) -> dict[str, Any]:
    return {**state.admin, "sasl.username": organisation_principal(code), "sasl.password": password}
