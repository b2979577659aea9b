"""A deployment's postcode directory: loaded whole, used where only a postcode is given."""

from pathlib import Path

import pytest

from services.safeguarding.postcodes import load_postcodes
from tests.integration.safeguarding.conftest import Safeguarding
from tests.integration.safeguarding.samples import action

ONSPD = "pcds,oslaua,dointr\nL31 1AA,E08000014,198001\nL31 1AB,E08000014,198001\nJE2 3AA,L99999999,198001\n"


async def test_it_settles_what_the_outcode_leaves_open(safeguarding: Safeguarding, url: str, tmp_path: Path) -> None:
    (tmp_path / "onspd.csv").write_text(ONSPD)
    assert await load_postcodes(url, tmp_path / "onspd.csv") == 2
    await safeguarding.acted(action(people=[], places=[{"ref": "a", "postcode": "l31 1aa"}]))
    [(_, task)] = await safeguarding.told()
    assert (task.rule, task.recipient.organisation) == ("receiving-force", "merseyside")


async def test_another_file_leaves_the_directory_as_it_was(
    safeguarding: Safeguarding, url: str, tmp_path: Path
) -> None:
    (tmp_path / "onspd.csv").write_text(ONSPD)
    await load_postcodes(url, tmp_path / "onspd.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="not an ONS postcode directory"):
        await load_postcodes(url, tmp_path / "other.csv")
    assert await safeguarding.rows("SELECT count(*) AS n FROM postcodes") == [{"n": 2}]
