"""The channels that the settings describe; one whose settings are missing is not there."""

from pathlib import Path
from typing import Literal, cast

from services.notify.channels.destinations import DestinationRules
from services.notify.channels.govuk_notify import GovukNotifyChannel, GovukSettings
from services.notify.channels.log import LogChannel
from services.notify.channels.message import Channel
from services.notify.channels.smtp import SmtpChannel, SmtpSettings
from services.notify.channels.webhook import WebhookChannel, WebhookSettings
from services.notify.settings import NotifySettings
from shared.kernel.clock import Clock


def make_channels(settings: NotifySettings, clock: Clock) -> dict[str, Channel]:
    """By name. Raises ValueError that names the setting where one is wrong."""
    channels: list[Channel] = []
    if settings.log_channel:
        path = Path(settings.log_channel_file) if settings.log_channel_file else None
        channels.append(LogChannel(path, clock))
    if settings.webhook_channel:
        rules = DestinationRules(allow_loopback_http=settings.webhook_loopback)
        webhook = WebhookSettings(destinations=rules, ca_file=settings.webhook_cafile)
        channels.append(WebhookChannel(webhook, clock))
    if settings.smtp_host:
        channels.append(SmtpChannel(_smtp(settings), clock))
    if settings.govuk_api_key:
        channels += [GovukNotifyChannel(_govuk(settings), medium) for medium in _MEDIA]
    return {channel.name: channel for channel in channels}


_MEDIA = cast("tuple[Literal['sms', 'email'], ...]", ("sms", "email"))


def _smtp(settings: NotifySettings) -> SmtpSettings:
    assert settings.smtp_host is not None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    return SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_sender,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=password,
        ca_file=settings.smtp_cafile,
    )


def _govuk(settings: NotifySettings) -> GovukSettings:
    assert settings.govuk_api_key is not None
    return GovukSettings(
        api_key=settings.govuk_api_key.get_secret_value(),
        sms_template_id=settings.govuk_sms_template,
        email_template_id=settings.govuk_email_template,
        base_url=settings.govuk_url,
    )
