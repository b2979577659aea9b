"""Puts the service together."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from services.notify import api, consumer, links_page
from services.notify.channel_set import make_channels
from services.notify.dispatcher import Dispatcher
from services.notify.first_roster import FirstRoster
from services.notify.handlers.escalate import Escalation
from services.notify.provisioner import Provisioner
from services.notify.repository.roster import unmanned_desks
from services.notify.settings import NotifySettings
from services.notify.work import Desk
from shared.bus.admin import KafkaAdmin
from shared.db import is_passing
from shared.runtime import Context, Parts, Timer, run_service


def build(context: Context) -> Parts:
    """The service's own parts; the runtime adds relays, health, dead letters and the audit's sealer."""
    settings = context.settings
    assert isinstance(settings, NotifySettings)
    dispatcher = _dispatcher(context, settings)
    desk = Desk(
        key=context.id_key,
        owner=_owner(context),
        outbound=dispatcher,
        channels=frozenset(dispatcher.channels),
        late_after=settings.late_after,
        fallback_every=settings.fallback_every,
        wake_provisioner=lambda: provisioner.wake(),
    )
    admin = KafkaAdmin(settings.kafka_admin(), secured=settings.is_secured())
    provisioner = Provisioner(admin, context.open_work, desk)
    first = [FirstRoster(Path(settings.roster_file), context.open_work, desk)] if settings.roster_file else []
    return Parts(
        routers=[api.router(api.Tools(context, desk, admin)), links_page.router(context, desk)],
        lanes=consumer.lanes(desk),
        timers=[
            Timer("deliveries", 0.5, dispatcher.sweep),
            Timer("escalation", 0.5, Escalation(desk).tick),
        ],
        background=[dispatcher, provisioner, *first],
        ready=_fallback_check(context),
    )


def main() -> None:
    """Run until SIGTERM."""
    run_service("notify", NotifySettings, build)


def _dispatcher(context: Context, settings: NotifySettings) -> Dispatcher:
    secrets = {name: secret.get_secret_value() for name, secret in settings.webhook_secrets.items()}
    return Dispatcher(
        make_channels(settings, context.clock),
        context.open_work,
        context.clock,
        context.id_key,
        _owner(context),
        _link_root(settings),
        secrets.get,
        settings.dispatch_workers,
        lambda: context.wake_timer("deliveries"),
    )


def _owner(context: Context) -> str:
    return f"notify-{context.settings.copy_name}"


def _link_root(settings: NotifySettings) -> Callable[[], str]:
    """Where the pages are: as set, or this process, whose port is known once it has bound one."""

    def root() -> str:
        if settings.public_url:
            return settings.public_url
        port = Path(settings.port_file).read_text().strip() if settings.port_file else settings.http_port
        return f"http://127.0.0.1:{port}"

    return root


def _fallback_check(context: Context) -> Callable[[], Awaitable[str | None]]:
    async def why_not() -> str | None:
        """Alerts end on the centre's desks: without a person there the service is not ready."""
        try:
            async with context.open_work() as work:
                unmanned = await unmanned_desks(work)
        except Exception as error:
            if not is_passing(error):
                raise
            return type(error).__name__
        return f"no contact on {' and '.join(unmanned)}" if unmanned else None

    return why_not
