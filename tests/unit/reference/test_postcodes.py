"""Postcodes have one normal form, and those of other countries are told apart."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reference import DirectoryRow, is_outside_uk, load_onspd, normalise_outcode, normalise_postcode
from shared.reference.tables import read_rows

POSTCODE_LIKE = st.from_regex(r"\s?[A-Za-z]{1,2}[0-9][0-9A-Za-z]?\s{0,2}[0-9][A-Za-z]{2}\s?", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ct9 1aa", "CT9 1AA"),
        ("  SW1A1AA ", "SW1A 1AA"),
        ("M1\t1AE", "M1 1AE"),
        ("E C 1 A 1 B B", "EC1A 1BB"),
        ("BT48 6HH", "BT48 6HH"),
        ("W1A 0AX", "W1A 0AX"),
        ("B33 8TH", "B33 8TH"),
        ("NPT 1AA", "NPT 1AA"),
        ("", None),
        ("CT9", None),
        ("CT9 1A", None),
        ("CT9 1AC", None),
        ("QT9 1AA", None),
        ("CT9-1AA", None),
        ("JE2 3AB", None),
        ("\uff23\uff34\uff19 1AA", None),
    ],
)
def test_normalise_postcode(text: str, normal: str | None) -> None:
    assert normalise_postcode(text) == normal


@pytest.mark.parametrize(
    ("text", "normal"),
    [("ct9", "CT9"), (" sw1a ", "SW1A"), ("CT1 2", None), ("W1X", "W1X"), ("IM1", None), ("", None)],
)
def test_normalise_outcode(text: str, normal: str | None) -> None:
    assert normalise_outcode(text) == normal


@pytest.mark.parametrize("text", ["JE2 3AB", "gy10 1aa", "IM1", "GX11 1AA", "D6W A123", "A65F4E2", "FIQQ 1ZZ", "BBND"])
def test_outside_uk(text: str) -> None:
    assert is_outside_uk(text)


@pytest.mark.parametrize("text", ["CT9 1AA", "W12 8QT", "GU1 1AA", "D", ""])
def test_not_outside_uk(text: str) -> None:
    assert not is_outside_uk(text)


@given(POSTCODE_LIKE | st.text(max_size=10))
def test_normalising_is_idempotent(text: str) -> None:
    normal = normalise_postcode(text)
    assert normal is None or normalise_postcode(normal) == normal
    outcode = normalise_outcode(text)
    assert outcode is None or normalise_outcode(outcode) == outcode


def test_every_outcode_of_the_tables_has_a_valid_form() -> None:
    assert [row["outcode"] for row in read_rows("outcode_force.csv") if normalise_outcode(row["outcode"]) is None] == []


@pytest.mark.parametrize(
    "header",
    ["pcd,pcd2,pcds,dointr,doterm,oslaua,osward", "\ufeffPCD7,PCD8,PCDS,DOINTR,DOTERM,LAD25CD,WD25CD"],
)
def test_load_onspd_streams_districts_of_the_uk(tmp_path: Path, header: str) -> None:
    file = tmp_path / "onspd.csv"
    rows = [
        '"CT9 1AA","CT9  1AA","CT9 1AA","198001","","E07000114","E05"',
        '"CT9 1AB","CT9  1AB","CT9 1AB","","201001","E07000114","E05"',
        '"JE2 3AB","JE2  3AB","JE2 3AB","199501","","L99999999","L99"',
        '"CT9 1AD","CT9  1AD","CT9 1AD","198001","","",""',
    ]
    file.write_text("\n".join([header, *rows]), encoding="utf-8")
    found = list(load_onspd(file))
    assert [(row.postcode, row.lad_code, str(row.effective_from)) for row in found] == [
        ("CT9 1AA", "E07000114", "1980-01-01"),
        ("CT9 1AB", "E07000114", "None"),
    ]
    assert isinstance(found[0], DirectoryRow)


@pytest.mark.parametrize("header", ["", "pcds,ward", "postcode,oslaua"])
def test_load_onspd_refuses_another_file(tmp_path: Path, header: str) -> None:
    file = tmp_path / "other.csv"
    file.write_text(header, encoding="utf-8")
    with pytest.raises(ValueError, match="not an ONS postcode directory"):
        list(load_onspd(file))
