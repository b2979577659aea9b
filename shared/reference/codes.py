"""Organisation codes from the names that the tables use: deterministic slugs that never change."""

import re

_FIXED = {
    "Northern Ireland Housing Executive": "nihe",
    "Education Authority (NI)": "ea-ni",
}
# Tried in order: the partnership's name in the tables also names its NHS board.
_BODIES = (
    ("hscp", re.compile(r"^(.+) health and social care partnership")),
    ("hsc", re.compile(r"^(.+) Health and Social Care Trust$")),
    ("nhs", re.compile(r"^NHS (.+?)(?: Integrated Care Board)?$")),
    ("nhs", re.compile(r"^(.+?)(?: University| Teaching)? Health Board$")),
    ("la", re.compile(r"^(.+), (?:City|County) of$")),
    ("la", re.compile(r"^(.+)$")),
)


def slug(text: str) -> str:
    """Lower case, apostrophes dropped, every other run of punctuation or space a hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("'", "")).strip("-")


def organisation_code(name: str) -> str:
    """The code of the authority, health body or national body that a table cell names."""
    if name in _FIXED:
        return _FIXED[name]
    prefix, found = next((prefix, match) for prefix, form in _BODIES if (match := form.match(name)))
    return f"{prefix}-{slug(found[1])}"


def rocu_code(short_name: str) -> str | None:
    """The code of a regional unit (`NWROCU` is `rocu-nwrocu`); None for an area that has none."""
    return f"rocu-{slug(short_name)}" if short_name else None
