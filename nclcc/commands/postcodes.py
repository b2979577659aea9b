"""`nclcc postcodes`: the ONS postcode directory, which a deployment may load."""

from pathlib import Path
from typing import Annotated

import typer

from nclcc.commands.output import fail, out
from nclcc.commands.reach import database_url, run
from services.safeguarding.postcodes import load_postcodes

app = typer.Typer(help="The postcode directory.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """The postcode directory."""


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="The directory's csv, from the Office for National Statistics.")],
) -> None:
    """Put the directory in the place of the one before. Readers see the old one until it is all there.

    \b
    Example:
      nclcc postcodes load ONSPD_AUG_2026_UK.csv
    """
    try:
        count = run(load_postcodes(database_url("safeguarding"), file))
    except (OSError, ValueError) as error:
        fail(f"{file.name}: {error}")
    out.print(f"{count} postcodes", markup=False)
