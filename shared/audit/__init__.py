"""The log that section 62 of the Data Protection Act 2018 asks for, and the proof that it is whole."""

from shared.audit.entry import NOBODY, Action, Entry, Way
from shared.audit.log import Recorder, record
from shared.audit.tables import AUDIT_CHECKPOINTS, AUDIT_LOG, METADATA

__all__ = [
    "AUDIT_CHECKPOINTS",
    "AUDIT_LOG",
    "METADATA",
    "NOBODY",
    "Action",
    "Entry",
    "Recorder",
    "Way",
    "record",
]
