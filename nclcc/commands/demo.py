"""`nclcc demo`: plays the scenario on a stack of its own and leaves nothing behind."""

from pathlib import Path
from typing import Annotated

import typer

from nclcc.stack import StackName


def demo(
    stack: Annotated[
        StackName, typer.Option(help="Which broker and database; embedded: from Python packages alone.")
    ] = "embedded",
    json: Annotated[Path | None, typer.Option("--json", help="Write the summary to this file as JSON.")] = None,
) -> None:
    """Play the scenario through Kafka as outside force systems would, checking every step.

    Real geography; every person and every pair of forces is invented. Status 0 if every step came out as it must.

    \b
    Examples:
      nclcc demo
      nclcc demo --stack kafka
      nclcc demo --json summary.json | cat
    """
    # loading it takes a while, and no other command needs it
    from nclcc.demo import run_demo

    raise typer.Exit(run_demo(stack, json))
