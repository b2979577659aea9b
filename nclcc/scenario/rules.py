"""The playbook's rules that the story counts on, by their ids."""

from typing import Final

FORCE: Final = "receiving-force"
CHILDREN_ENGLAND: Final = "children-england"
CHILDREN_WALES: Final = "children-wales"
CHILDREN_SCOTLAND: Final = "children-scotland"
EDT_ENGLAND: Final = "emergency-duty-england"
EDT_WALES: Final = "emergency-duty-wales"
EDT_SCOTLAND: Final = "emergency-duty-scotland"
HOST_ENGLAND: Final = "host-authority-england"
HOST_WALES: Final = "host-authority-wales"
HOST_SCOTLAND: Final = "host-authority-scotland"
HOME_ENGLAND: Final = "home-authority-england"
HOUSING: Final = "housing-england-wales"
HEALTH: Final = "health-risk"
VOLUNTARY: Final = "voluntary-support"
CENTRE: Final = "centre-cannot-be-routed"
