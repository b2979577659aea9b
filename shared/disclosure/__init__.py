"""Who may see what: the one visibility function, and per audience the fields that it may see."""

from shared.disclosure.audience import Audience, Guarded, Viewer, audience_of, can_see, may_be_told
from shared.disclosure.fields import project
from shared.disclosure.minimum import allowed_for, may_have, minimum_data

__all__ = [
    "Audience",
    "Guarded",
    "Viewer",
    "allowed_for",
    "audience_of",
    "can_see",
    "may_be_told",
    "may_have",
    "minimum_data",
    "project",
]
