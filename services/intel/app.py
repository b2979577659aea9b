"""Puts the service together."""

from services.intel import api, consumer
from services.intel.handlers import Submissions
from services.intel.settings import IntelSettings
from shared.reference import reference
from shared.runtime import Context, Parts, run_service


def build(context: Context) -> Parts:
    """The service's own parts; the runtime adds relays, health, dead letters and the audit's sealer."""
    facts = reference()
    return Parts(
        routers=[api.router(context, facts)],
        lanes=consumer.lanes(Submissions(context.id_key, facts)),
    )


def main() -> None:
    """Run until SIGTERM."""
    run_service("intel", IntelSettings, build)
