"""Where the story happens: real districts and outcodes, invented streets."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that events name; `force` is whose area it must turn out to be (None: it straddles, by intent)."""

    district: str | None
    outcode: str | None
    kind: str
    address: str | None
    force: str | None
    risk: str | None = None

    def as_place(self, ref: str) -> dict[str, Any]:
        """The contract's `Place`."""
        facts = {
            "ref": ref,
            "district": self.district,
            "outcode": self.outcode,
            "kind": self.kind,
            "address": self.address,
            "risk": self.risk,
        }
        return {name: value for name, value in facts.items() if value is not None}


MARGATE_FLAT: Final = Spot(
    "E07000114",
    "CT9",
    "cuckooed_dwelling",
    "Flat 3, 41 Shingle Parade, Margate",
    "kent",
    "The tenant has been made to hide in one room; the lock has been changed by others.",
)
NORWICH_HOUSE: Final = Spot("E07000148", "NR3", "dwelling", "9 Weaver's Loke, Norwich", "norfolk", "Sold from daily.")
COLWYN_HOTEL: Final = Spot(
    "W06000003", "LL29", "hotel", "Marine View Hotel, Colwyn Bay", "north-wales", "Rooms paid for by the week."
)
CARLISLE_HOUSE: Final = Spot("E06000063", "CA2", "dwelling", "17 Botchergill Row, Carlisle", "cumbria", "Sold from.")
TELFORD_HOUSE: Final = Spot("E06000020", "TF1", "dwelling", "5 Ironmaster Close, Telford", "west-mercia", "Sold from.")
BLACKPOOL_FLAT: Final = Spot(
    "E06000009", "FY1", "dwelling", "Flat 2, 88 Tram Street, Blackpool", "lancashire", "Sold from."
)
MACCLESFIELD_HOUSE: Final = Spot(
    "E06000049", None, "dwelling", "30 Silk Mill Brow, Macclesfield", "cheshire", "Sold from since last week."
)
SOUTHEND_HOUSE: Final = Spot("E06000033", "SS1", "dwelling", "62 Cockle Row, Southend-on-Sea", "essex", "Sold from.")
BRISTOL_HOUSE: Final = Spot(
    "E06000023", "BS1", "dwelling", "14 Ropewalk Steps, Bristol", "avon-and-somerset", "Sold from."
)
BRADFORD_HOUSE: Final = Spot("E08000032", "BD1", "dwelling", "3 Worsted Yard, Bradford", "west-yorkshire", "Sold from.")
LOCKERBIE_TRAIN: Final = Spot(
    "S12000006",
    "DG11",
    "railway",
    "Northbound train at Lockerbie station",
    "police-scotland",
    "Alone with a packed bag.",
)
LIVERPOOL_STREET: Final = Spot("E08000012", None, "street", "Outside 2 Oakum Lane, Liverpool", "merseyside")
LUNE_VALLEY: Final = Spot(None, "LA6", "vehicle", None, None, "Parked car used for handing over.")
PRESTON_HOUSE: Final = Spot("E07000123", None, "dwelling", "21 Spindle Court, Preston", "lancashire", "Sold from.")

LAMBETH_HOME: Final = Spot("E09000022", None, "dwelling", "8 Gasworks Terrace, London", "metropolitan")
CAMDEN_HOME: Final = Spot("E09000007", None, "dwelling", "4 Lockkeeper's Row, London", "metropolitan")
NORWICH_HOME: Final = Spot("E07000148", None, "dwelling", "2 Cowper's Yard, Norwich", "norfolk")
CARLISLE_HOME: Final = Spot("E06000063", "CA2", "dwelling", "6 Caldew Bank, Carlisle", "cumbria")

EVERYWHERE: Final[dict[str, Spot]] = {name: value for name, value in list(globals().items()) if isinstance(value, Spot)}
"""By name, for whoever checks them against the reference tables."""
