"""Who answers for a place: the United Kingdom's forces, authorities and health bodies, from public tables.

Standard library only; the working calendar, which needs a library, is `shared.reference.calendar`.
"""

from shared.reference.catalogue import Reference, reference
from shared.reference.directory import DirectoryRow, PostcodeDirectory, load_onspd
from shared.reference.facts import (
    Authority,
    Candidate,
    Function,
    Kind,
    Nation,
    Organisation,
    Reason,
    Routing,
    VoluntaryOffer,
    nation_of,
)
from shared.reference.postcodes import is_outside_uk, normalise_outcode, normalise_postcode

__all__ = [
    "Authority",
    "Candidate",
    "DirectoryRow",
    "Function",
    "Kind",
    "Nation",
    "Organisation",
    "PostcodeDirectory",
    "Reason",
    "Reference",
    "Routing",
    "VoluntaryOffer",
    "is_outside_uk",
    "load_onspd",
    "nation_of",
    "normalise_outcode",
    "normalise_postcode",
    "reference",
]
