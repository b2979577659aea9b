"""The form of postcodes: normal form, validity, and the areas that are not in the United Kingdom.

Forms are those of BS 7666 and Royal Mail's Programmers' Guide; the tables still hold `NPT` and some of W1
that are no longer in use.
"""

import re

_AREA = r"[A-PR-UWYZ]"
_SECOND = r"[A-HK-Y]"
_OUTCODE = rf"(?:{_AREA}(?:[0-9]{{1,2}}|[0-9][A-HJ-NPR-Y]|{_SECOND}[0-9]{{1,2}}|{_SECOND}[0-9][ABEHMNPRVWXY])|NPT)"
_INCODE = r"[0-9][ABD-HJLNP-UW-Z]{2}"
_OUTCODE_FORM = re.compile(_OUTCODE)
_POSTCODE_FORM = re.compile(f"({_OUTCODE})({_INCODE})")
# Crown dependencies and Gibraltar share the British form; each named code is one overseas territory's.
_OUTSIDE = re.compile(
    r"(?:JE|GY|IM|GX)[0-9]{1,2}(?:[0-9][A-Z]{2})?"
    r"|(?:AI-?[0-9]{4}|ASCN|BBND|BIQQ|FIQQ|PCRN|SIQQ|STHL|TDCU|TKCA)(?:1ZZ)?"
    # Ireland's Eircode: a routing key (D6W is the one irregular) and a unique identifier of four.
    r"|(?:[AC-FHKNPRTV-Y][0-9]{2}|D6W)[0-9AC-FHKNPRTV-Y]{4}"
)


def normalise_postcode(text: str) -> str | None:
    """Upper case with one space before the last three characters; None if it has not a UK postcode's form."""
    found = _POSTCODE_FORM.fullmatch(_squeeze(text))
    return f"{found[1]} {found[2]}" if found and not is_outside_uk(text) else None


def normalise_outcode(text: str) -> str | None:
    """Upper case, trimmed; None if it is not the form of a UK outcode."""
    # A space inside is not squeezed out: it would make the sector "CT1 2" the outcode CT12, another town.
    trimmed = text.strip().upper() if text.isascii() else ""
    return trimmed if _OUTCODE_FORM.fullmatch(trimmed) and not is_outside_uk(trimmed) else None


def is_outside_uk(text: str) -> bool:
    """Whether a code is an Eircode, a Crown dependency's or an overseas territory's."""
    return _OUTSIDE.fullmatch(_squeeze(text)) is not None


def outcode_of(postcode: str) -> str:
    """The outcode of a normalised postcode."""
    return postcode[:-4]


def sector_of(postcode: str) -> str:
    """The sector of a normalised postcode: the outcode and the first digit after it."""
    return postcode[:-2]


def _squeeze(text: str) -> str:
    # Some letters grow under upper() ("ß" becomes "SS"); text outside ASCII is never a postcode.
    squeezed = "".join(text.split())
    return squeezed.upper() if squeezed.isascii() else ""
