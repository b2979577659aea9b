"""Safeguarding's composition root."""

from services.safeguarding import api
from services.safeguarding.consumer import lanes
from services.safeguarding.domain.wanted import Knowledge
from services.safeguarding.playbook_files import load_playbook
from services.safeguarding.settings import SafeguardingSettings
from shared.reference import reference
from shared.reference.calendar import warm_up
from shared.runtime import Context, Parts, run_service


def build(context: Context) -> Parts:
    """Raises PlaybookError, naming each rule and field, for a playbook that cannot be used."""
    settings = context.settings
    assert isinstance(settings, SafeguardingSettings)
    playbook = load_playbook(settings.playbook, context.clock.now().date())
    warm_up(context.clock.now())  # the first action must not wait for the calendars
    known = Knowledge(playbook, reference(), context.id_key)
    return Parts(routers=[api.router(context, known)], lanes=lanes(known))


def main() -> None:
    """Run until stopped."""
    run_service("safeguarding", SafeguardingSettings, build)
