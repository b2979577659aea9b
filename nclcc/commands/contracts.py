"""`nclcc contracts`: writes the schemas and the AsyncAPI document, or says where they are out of date."""

from pathlib import Path
from typing import Annotated

import typer

from nclcc.commands.output import fail, out, say
from nclcc.contracts import drift, write
from nclcc.contracts.files import CHECKOUT


def contracts(
    folder: Annotated[Path, typer.Option(help="Where to write them.")] = CHECKOUT,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; status 1 if it is out of date.")] = False,
) -> None:
    """Generate what integrators build on: a JSON Schema for each event, open and closed, and the AsyncAPI document.

    \b
    Examples:
      nclcc contracts
      nclcc contracts --check
      nclcc contracts --folder /srv/contracts
    """
    changed = drift(folder) if check else write(folder)
    for path in changed:
        out.print(path, markup=False)
    if check and changed:
        fail("out of date: run `nclcc contracts` and commit what it writes")
    say(f"{len(changed)} files {'are out of date' if check else 'written'}")
