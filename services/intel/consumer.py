"""What intel hears: the intel topics that enrolled organisations write to."""

from services.intel.handlers import Submissions
from services.intel.refusal import storable
from shared.bus.consumer import Lane
from shared.contracts.topics import INTEL


def lanes(submissions: Submissions) -> list[Lane]:
    """The one lane; what its types are stands in `INTEL_SUBMISSIONS`."""
    return [Lane("intel.submissions", submissions.take_messages, pattern=INTEL.pattern, storable=storable)]
