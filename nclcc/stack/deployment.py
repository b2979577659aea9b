"""Where the files of `deploy/` are: beside the packages in a checkout, in this package when installed."""

from pathlib import Path

CHECKOUT = Path(__file__).parents[2] / "deploy"
INSTALLED = Path(__file__).parent / "deploy"


def deployment_file(relative: str) -> Path:
    """A file below `deploy/`; raises FileNotFoundError if this installation does not carry it."""
    for root in (CHECKOUT, INSTALLED):
        if (root / relative).is_file():
            return root / relative
    raise FileNotFoundError(f"deploy/{relative}")
