"""The SMTP channel against aiosmtpd: STARTTLS, refusals and time-outs."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.notify.channels.message import Address, DeliveredToProvider, Failed
from services.notify.channels.smtp import SmtpChannel, SmtpSettings
from shared.kernel.clock import SystemClock
from tests.integration.channels.samples import LINK, REFERENCE, sample

TO = Address("smtp", "duty@kent.example")
SENDER = "alerts@nclcc.example"


class Inbox:
    """Takes mails, or answers as told."""

    def __init__(self, rcpt: str = "250 OK", data: str = "250 taken") -> None:
        self.rcpt, self.data, self.mails = rcpt, data, list[EmailMessage]()
        self.over_tls: list[bool] = []

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = cast(bytes, envelope.content)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        self.over_tls.append(session.ssl is not None)
        return self.data


class FreePort(Controller):
    """aiosmtpd's controller on a port that the system picks."""

    def _trigger_server(self) -> None:
        server = cast(asyncio.Server, self.server)
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_server(inbox: Inbox, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    controller = FreePort(inbox, hostname="127.0.0.1", port=0, tls_context=tls, require_starttls=tls is not None)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def plain(port: int, timeout: float = 1.0) -> SmtpChannel:
    return SmtpChannel(SmtpSettings("127.0.0.1", port, SENDER, "plain", timeout=timeout), SystemClock())


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that signs itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "mail.pem"
    pkcs8, no_password = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, pkcs8, no_password) + made.public_bytes(pem))
    return path


class TestTaken:
    async def test_the_mail_is_subject_reference_and_link(self) -> None:
        inbox = Inbox()
        with mail_server(inbox) as port:
            outcome = await plain(port).hand_over(sample("life_risk"), TO)
        assert outcome == DeliveredToProvider("<attempt-0001@nclcc.example>")
        (mail,) = inbox.mails
        assert mail["Message-ID"] == "<attempt-0001@nclcc.example>"
        assert mail["Subject"] == f"RISK TO LIFE: alert {REFERENCE}"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail.get_content().split("\r\n") == [
            f"RISK TO LIFE: alert {REFERENCE}.",
            "Phone the control room now.",
            LINK,
            "",
        ]

    async def test_starttls_is_the_default(self, certificate: Path) -> None:
        tls, inbox = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), Inbox()
        tls.load_cert_chain(certificate)
        with mail_server(inbox, tls) as port:
            settings = SmtpSettings("127.0.0.1", port, SENDER, ca_file=str(certificate), timeout=2)
            outcome = await SmtpChannel(settings, SystemClock()).hand_over(sample(), TO)
        assert isinstance(outcome, DeliveredToProvider)
        assert inbox.over_tls == [True]


class TestNotTaken:
    @pytest.mark.parametrize(
        ("inbox", "expected"),
        [
            (Inbox(rcpt="550 no such mailbox"), Failed(False, "smtp_550")),
            (Inbox(rcpt="450 busy"), Failed(True, "smtp_450")),
            (Inbox(data="554 refused"), Failed(False, "smtp_554")),
            (Inbox(data="451 try later"), Failed(True, "smtp_451")),
        ],
    )
    async def test_what_the_server_says(self, inbox: Inbox, expected: Failed) -> None:
        with mail_server(inbox) as port:
            assert await plain(port).hand_over(sample(), TO) == expected

    async def test_a_server_without_starttls_is_not_spoken_to_in_the_clear(self) -> None:
        inbox = Inbox()
        with mail_server(inbox) as port:
            channel = SmtpChannel(SmtpSettings("127.0.0.1", port, SENDER, timeout=1), SystemClock())
            outcome = await channel.hand_over(sample(), TO)
        assert isinstance(outcome, Failed)
        assert inbox.mails == []

    async def test_a_certificate_of_a_stranger_is_refused(self, certificate: Path) -> None:
        tls, inbox = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), Inbox()
        tls.load_cert_chain(certificate)
        with mail_server(inbox, tls) as port:
            channel = SmtpChannel(SmtpSettings("127.0.0.1", port, SENDER, timeout=1), SystemClock())
            outcome = await channel.hand_over(sample(), TO)
        assert isinstance(outcome, Failed)
        assert inbox.mails == []

    async def test_a_server_that_never_greets(self) -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        outcome = await plain(port, timeout=0.2).hand_over(sample(), TO)
        server.close()
        await server.wait_closed()
        assert outcome == Failed(retryable=True, reason="timeout")

    async def test_a_closed_port(self) -> None:
        with mail_server(Inbox()) as port:
            pass
        assert await plain(port).hand_over(sample(), TO) == Failed(retryable=True, reason="unreachable")

    @pytest.mark.parametrize("wrong", ["", "nobody", "a@b.example\nBcc: x@y.example", "a b@c.example"])
    async def test_an_address_that_is_no_mailbox(self, wrong: str) -> None:
        outcome = await plain(1).hand_over(sample(), Address("smtp", wrong))
        assert outcome == Failed(retryable=False, reason="bad_address")


def test_plain_text_is_for_loopback_only() -> None:
    with pytest.raises(ValueError, match="loopback"):
        SmtpSettings("mail.example", 25, SENDER, "plain")
