"""`nclcc up`: keeps a stack running and prints its addresses."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from nclcc.commands.output import fail, out, say, show_json
from nclcc.commands.reach import run
from nclcc.deployment import Deployment
from nclcc.stack import Stack, StackError, StackName, choose_stack
from nclcc.state import find_state, state_file
from shared.auth import Role
from shared.auth.principal import CENTRE

_LOOK_SECONDS: Final = 0.25
_TOKENS: Final = {
    "metropolitan": (Role.PUBLISHER, Role.READER),
    "kent": (Role.PUBLISHER, Role.READER, Role.COORDINATOR),
    CENTRE: (Role.CENTRE, Role.COORDINATOR, Role.READER),
    "operator": (Role.OPERATOR,),
}
"""Who gets a token for trying the APIs out."""


def up(
    stack: Annotated[StackName, typer.Option(help="Which broker and database; auto: the first to be had.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print the addresses as one JSON object.")] = False,
    roster: Annotated[Path | None, typer.Option(help="Contacts, rotas and policies to start with (YAML).")] = None,
    run_dir: Annotated[Path | None, typer.Option(help="Where logs, keys and data lie; removed if not given.")] = None,
) -> None:
    """Start a broker, a database and the four services, print where they are, and keep them until Ctrl-C.

    \b
    Examples:
      nclcc up
      nclcc up --stack embedded
      nclcc up --json | jq -r .services.tasking
    """
    running = find_state()
    if running is not None:
        fail(f"a stack runs here already (process {running.pid}); stop it first, or set NCLCC_HOME to another folder")
    try:
        with choose_stack(stack, run_dir) as chosen:
            run(_keep(chosen, roster, json))
    except KeyboardInterrupt:
        say("stopped")


async def _keep(stack: Stack, roster: Path | None, as_json: bool) -> None:
    """Until Ctrl-C, or until a service ends by itself."""
    for line in stack.banner:
        say(line)
    async with Deployment(stack, roster=roster, state_file=state_file()) as deployment:
        addresses = addresses_of(deployment)
        show_json(addresses) if as_json else _show(addresses)
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for failed in stack.supervisor.failed():
                raise StackError(f"{failed.name} ended with status {failed.returncode}; its log: {failed.log_path}")


def addresses_of(deployment: Deployment) -> dict[str, Any]:
    """What somebody who wants to try it out needs: addresses, logins, tokens."""
    state = deployment.state()
    return {
        "stack": state.stack,
        "broker": state.admin,
        "database": deployment.stack.database.admin_url,
        "services": state.services,
        "tokens": {
            who: deployment.token(CENTRE if who == "operator" else who, roles, subject=f"try-out-{who}")
            for who, roles in _TOKENS.items()
        },
        "hand_overs": str(deployment.hand_overs),
        "run_dir": state.run_dir,
        "state": str(state_file().resolve()),
    }


def _show(addresses: dict[str, Any]) -> None:
    lines = [
        ("broker", addresses["broker"]["bootstrap.servers"]),
        ("database", addresses["database"]),
        *addresses["services"].items(),
        ("hand-overs", addresses["hand_overs"]),
        *((f"token {who}", token) for who, token in addresses["tokens"].items()),
    ]
    for name, value in lines:
        out.print(f"{name:<20}{value}", markup=False)
    out.print("ready; Ctrl-C stops it. Next: nclcc org enrol kent; nclcc publish event.json; nclcc watch 'org.*'")
