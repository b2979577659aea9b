"""The optional postcode directory: the port that a deployment fills, and a reader for the file from ONS."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple, Protocol

from shared.reference.postcodes import normalise_postcode

_POSTCODE_COLUMNS = ("pcds", "pcd8", "pcd7", "pcd2", "pcd")
_DISTRICT_COLUMN = re.compile(r"oslaua|lad\d*cd|laua")
_UK_DISTRICT = re.compile(r"E0[6-9]\d{6}|W06\d{6}|S12\d{6}|N09\d{6}")


class PostcodeDirectory(Protocol):
    """Full postcodes tied to districts, stored by whoever deploys it."""

    def lookup(self, postcode: str) -> str | None:
        """The district code of a normalised postcode; None if the directory does not hold it."""
        ...


class DirectoryRow(NamedTuple):
    """A postcode, its district code, and the first day of its first month (None if unknown)."""

    postcode: str
    lad_code: str
    effective_from: date | None


def load_onspd(path: Path) -> Iterator[DirectoryRow]:
    """Stream the ONS Postcode Directory's csv (2.7 million rows), by the column names of any of its editions.

    Terminated postcodes are kept, for addresses on file still carry them; rows outside UK districts are not.
    Raises ValueError, at the first row asked for, if the file has no postcode or district column.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        header = [name.strip().lower() for name in next(rows, [])]
        postcode_at, district_at, introduced_at = _columns(header)
        for row in rows:
            postcode = normalise_postcode(row[postcode_at])
            if postcode is not None and _UK_DISTRICT.fullmatch(row[district_at]):
                introduced = None if introduced_at is None else _month(row[introduced_at])
                yield DirectoryRow(postcode, row[district_at], introduced)


def _columns(header: list[str]) -> tuple[int, int, int | None]:
    postcode = next((name for name in _POSTCODE_COLUMNS if name in header), None)
    district = next((name for name in header if _DISTRICT_COLUMN.fullmatch(name)), None)
    if postcode is None or district is None:
        raise ValueError("not an ONS postcode directory: it has no postcode or no district column")
    introduced = header.index("dointr") if "dointr" in header else None
    return header.index(postcode), header.index(district), introduced


def _month(text: str) -> date | None:
    return date(int(text[:4]), int(text[4:6]), 1) if re.fullmatch(r"\d{4}(0[1-9]|1[0-2])", text) else None
