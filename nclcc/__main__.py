"""The command line: `nclcc`."""

import sys

import httpx
import typer

from nclcc.commands import audit, dead_letters, organisations, postcodes
from nclcc.commands.contracts import contracts
from nclcc.commands.demo import demo
from nclcc.commands.doctor import doctor
from nclcc.commands.output import err
from nclcc.commands.platform import migrate, topics
from nclcc.commands.publish import publish
from nclcc.commands.reach import Refused
from nclcc.commands.token import token
from nclcc.commands.up import up
from nclcc.commands.watch import watch
from nclcc.stack import StackError
from nclcc.state import NotRunning
from shared.bus.admin import AdminFailed
from shared.bus.client import BrokerFailure, name_of

app = typer.Typer(
    name="nclcc",
    help="County lines co-ordination: one force's Pursue action becomes Protect tasks that somebody answers for.",
    no_args_is_help=True,
    rich_markup_mode=None,
    # a traceback with local variables would show passwords
    pretty_exceptions_enable=False,
)
for command in (demo, up, publish, watch, migrate, topics, token, doctor, contracts):
    app.command()(command)
app.add_typer(dead_letters.app, name="dlt")
app.add_typer(audit.app, name="audit")
app.add_typer(organisations.app, name="org")
app.add_typer(postcodes.app, name="postcodes")

EXPECTED = (StackError, NotRunning, Refused, AdminFailed, BrokerFailure, httpx.HTTPError)
"""What may go wrong without a fault of ours: told in a line, without a traceback."""


def main() -> None:
    """Run the command line; ends the process with its status."""
    try:
        app()
    except EXPECTED as error:
        err.print(f"nclcc: {_words(error)}", style="red", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _words(error: BaseException) -> str:
    if isinstance(error, BrokerFailure):
        return f"the broker says {name_of(error)}"
    return str(error) or type(error).__name__


if __name__ == "__main__":
    main()
