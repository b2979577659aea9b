"""Loads the ONS postcode directory, which a deployment may have, into safeguarding's own table."""

from pathlib import Path

import asyncpg

from shared.reference import load_onspd


async def load_postcodes(url: str, path: Path) -> int:
    """Replace the table by the csv at `path`, streamed through COPY in one transaction; returns how many rows.

    Readers see the old directory until the commit. `url` is safeguarding's own (postgresql://…). Raises ValueError
    for a file that is no such directory, and then leaves the table as it was.
    """
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("CREATE TEMP TABLE incoming (postcode text, district text) ON COMMIT DROP")
            rows = ((row.postcode, row.lad_code) for row in load_onspd(path))
            await connection.copy_records_to_table("incoming", records=rows, columns=["postcode", "district"])
            await connection.execute("DELETE FROM postcodes")
            done = await connection.execute(
                "INSERT INTO postcodes (postcode, district)"
                " SELECT DISTINCT ON (postcode) postcode, district FROM incoming"
            )
        return int(done.split()[-1])
    finally:
        await connection.close()
