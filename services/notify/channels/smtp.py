"""Hands an alert to a mail server."""

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

import aiosmtplib

from services.notify.channels.deadline import DEFAULT_TIMEOUT, within_deadline
from services.notify.channels.message import Address, DeliveredToProvider, Failed, Message, Outcome
from services.notify.channels.wording import lines, subject
from shared.kernel.clock import Clock

_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_FAREWELL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The relay and how it is spoken to.

    Raises ValueError for plain text beyond loopback: a reference and a link are enough to find an alert.
    """

    host: str
    port: int
    sender: str
    security: Literal["starttls", "tls", "plain"] = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    timeout: float = DEFAULT_TIMEOUT

    def __post_init__(self) -> None:
        if self.security == "plain" and self.host not in _LOOPBACK:
            raise ValueError("security: plain is allowed to loopback only")
        if not _MAILBOX.fullmatch(self.sender):
            raise ValueError("sender: is not a mailbox")


class SmtpChannel:
    """One connection for each mail: alerts are few, and a stale connection costs a retry."""

    name = "smtp"

    def __init__(self, settings: SmtpSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        # Made once: loading the certificate bundle takes longer than sending a mail.
        self._tls = ssl.create_default_context(cafile=settings.ca_file)
        self._domain = settings.sender.rpartition("@")[2]

    async def hand_over(self, message: Message, to: Address) -> Outcome:
        if not _MAILBOX.fullmatch(to.value):
            return Failed(retryable=False, reason="bad_address")
        client = self._client()
        try:
            return await within_deadline(self.name, self._settings.timeout, self._send(client, message, to))
        finally:
            await _farewell(client)

    async def close(self) -> None:
        """Nothing is held open between mails."""

    async def _send(self, client: aiosmtplib.SMTP, message: Message, to: Address) -> Outcome:
        mail = self._mail(message, to)
        try:
            await client.connect()
            await client.send_message(mail)
        except (aiosmtplib.SMTPException, OSError) as error:
            return _judged(error)
        return DeliveredToProvider(str(mail["Message-ID"]))

    def _client(self) -> aiosmtplib.SMTP:
        chosen = self._settings
        return aiosmtplib.SMTP(
            hostname=chosen.host,
            port=chosen.port,
            username=chosen.username,
            password=chosen.password,
            local_hostname=self._domain,
            timeout=chosen.timeout,
            use_tls=chosen.security == "tls",
            # True and not None: a server that offers no STARTTLS is refused, not spoken to in the clear.
            start_tls=chosen.security == "starttls",
            tls_context=None if chosen.security == "plain" else self._tls,
        )

    def _mail(self, message: Message, to: Address) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._settings.sender
        mail["To"] = to.value
        mail["Subject"] = subject(message)
        mail["Date"] = format_datetime(self._clock.now())
        # A repeat has the same Message-ID: mail servers and programs show it once.
        mail["Message-ID"] = f"<{message.attempt_reference}@{self._domain}>"
        # RFC 3834: no out-of-office answers to an alert.
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content("\n".join(lines(message)) + "\n")
        return mail


def _judged(error: aiosmtplib.SMTPException | OSError) -> Failed:
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[refused, *_]):
            return _by_code(refused.code)
        case aiosmtplib.SMTPResponseException(code=code):
            return _by_code(code)
        case TimeoutError():
            return Failed(retryable=True, reason="timeout")
        case aiosmtplib.SMTPNotSupported():
            return Failed(retryable=False, reason="not_supported")
        case ConnectionError() | OSError():
            return Failed(retryable=True, reason="unreachable")
    return Failed(retryable=True, reason="smtp_error")


def _by_code(code: int) -> Failed:
    """4yz is a passing condition and 5yz a lasting one (RFC 5321, 4.2.1)."""
    return Failed(retryable=code < 500, reason=f"smtp_{code}")


async def _farewell(client: aiosmtplib.SMTP) -> None:
    """QUIT outside the deadline: a server that hangs after taking the mail has taken it all the same."""
    with suppress(aiosmtplib.SMTPException, OSError):
        if client.is_connected:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await client.quit()
    client.close()
