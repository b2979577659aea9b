"""The webhook channel against local servers: signatures, refusals, time-outs and where it may go."""

import asyncio
import base64
import ipaddress
import json
import socket
from collections.abc import AsyncIterator
from time import monotonic

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.notify.channels.destinations import DestinationRules
from services.notify.channels.message import Address, DeliveredToProvider, Failed
from services.notify.channels.webhook import WebhookChannel, WebhookSettings
from shared.kernel.clock import SystemClock
from tests.integration.channels.samples import LINK, REFERENCE, sample
from tests.integration.channels.servers import Reply, http_server

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four+ bytes").decode()
LOCAL = DestinationRules(allow_loopback_http=True)


def to(url: str, secret: str | None = SECRET) -> Address:
    return Address("webhook", url, secret)


@pytest.fixture
async def channel() -> AsyncIterator[WebhookChannel]:
    made = WebhookChannel(WebhookSettings(timeout=0.4, destinations=LOCAL), SystemClock())
    yield made
    await made.close()


class TestTaken:
    async def test_is_signed_and_says_nothing_more(self, channel: WebhookChannel) -> None:
        with http_server(lambda _: Reply(204, "")) as server:
            outcome = await channel.hand_over(sample("life_risk"), to(server.url + "/hook"))
        assert outcome == DeliveredToProvider("attempt-0001")
        (request,) = server.requests
        assert request.headers["webhook-id"] == "attempt-0001"
        content = Webhook(SECRET).verify(request.body, request.headers)
        assert content["type"] == "alert.raised"
        assert content["data"] == {
            "reference": REFERENCE,
            "urgency": "life_risk",
            "link": LINK,
            "phone_control_room": True,
        }
        assert set(content) == {"type", "timestamp", "data"}

    async def test_another_secret_or_body_does_not_verify(self, channel: WebhookChannel) -> None:
        with http_server(lambda _: Reply()) as server:
            await channel.hand_over(sample(), to(server.url))
        (request,) = server.requests
        other = Webhook(base64.b64encode(b"another secret").decode())
        with pytest.raises(WebhookVerificationError):
            other.verify(request.body, request.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(json.dumps({"type": "x"}), request.headers)

    async def test_a_connection_is_used_again(self, channel: WebhookChannel) -> None:
        with http_server(lambda _: Reply(200, "taken")) as server:
            for number in range(5):
                await channel.hand_over(sample(attempt=f"attempt-{number:04}"), to(server.url))
        assert len(server.requests) == 5
        assert len(server.peers) == 1

    async def test_what_drips_after_the_status_does_not_undo_it(self, channel: WebhookChannel) -> None:
        with http_server(lambda _: Reply(200, "slow", drip=True)) as server:
            patient = WebhookChannel(WebhookSettings(timeout=3, destinations=LOCAL), SystemClock())
            outcome = await patient.hand_over(sample(), to(server.url))
            await patient.close()
        assert outcome == DeliveredToProvider("attempt-0001")


class TestNotTaken:
    @pytest.mark.parametrize(
        ("status", "retryable"),
        [
            (301, False),
            (302, False),
            (307, False),
            (400, False),
            (401, False),
            (404, False),
            (410, False),
            (408, True),
            (429, True),
            (500, True),
            (503, True),
        ],
    )
    async def test_any_answer_but_2xx(self, channel: WebhookChannel, status: int, retryable: bool) -> None:
        with http_server(lambda _: Reply(status, "no", {"location": "/elsewhere"})) as server:
            outcome = await channel.hand_over(sample(), to(server.url + "/hook"))
        assert outcome == Failed(retryable, f"http_{status}")
        assert [request.path for request in server.requests] == ["/hook"]

    async def test_a_hang_ends_at_the_time_out(self, channel: WebhookChannel) -> None:
        with http_server(lambda _: Reply(hang=True)) as server:
            start = monotonic()
            outcome = await channel.hand_over(sample(), to(server.url))
            assert monotonic() - start < 1.5
        assert outcome == Failed(retryable=True, reason="timeout")

    async def test_a_closed_port(self, channel: WebhookChannel) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            outcome = await channel.hand_over(sample(), to(f"http://127.0.0.1:{port}/"))
        assert outcome == Failed(retryable=True, reason="unreachable")

    async def test_an_answer_that_is_no_http(self, channel: WebhookChannel) -> None:
        async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example ESMTP\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(babble, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        outcome = await channel.hand_over(sample(), to(f"http://127.0.0.1:{port}/"))
        server.close()
        await server.wait_closed()
        assert outcome == Failed(retryable=True, reason="broken_answer")

    @pytest.mark.parametrize("secret", [None, "", "whsec_"])
    async def test_without_a_secret_nothing_leaves(self, channel: WebhookChannel, secret: str | None) -> None:
        with http_server(lambda _: Reply()) as server:
            outcome = await channel.hand_over(sample(), to(server.url, secret))
        assert outcome == Failed(retryable=False, reason="no_valid_secret")
        assert server.requests == []


class TestDestinations:
    @pytest.mark.parametrize(
        "url",
        [
            "http://alerts.example/hook",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "https://user:word@alerts.example/",
            "https://10.0.0.5/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.5]/",
            "https://[64:ff9b::a00:5]/",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
            "https://127.1:99999/",
            "not a url",
            "",
        ],
    )
    async def test_refused(self, channel: WebhookChannel, url: str) -> None:
        outcome = await channel.hand_over(sample(), to(url))
        assert outcome == Failed(retryable=False, reason="destination_refused")

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
    @pytest.mark.parametrize("scheme", ["http", "https"])
    async def test_loopback_is_refused_unless_allowed(self, host: str, scheme: str) -> None:
        strict = WebhookChannel(WebhookSettings(timeout=1), SystemClock())
        outcome = await strict.hand_over(sample(), to(f"{scheme}://{host}:9/"))
        await strict.close()
        assert outcome == Failed(retryable=False, reason="destination_refused")

    async def test_a_name_that_leads_inside_is_refused(
        self, channel: WebhookChannel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def resolved(*_: object, **__: object) -> list[tuple[object, ...]]:
            outer, inner = ("93.184.215.14", 443), ("10.1.2.3", 443)
            return [(2, 1, 6, "", outer), (2, 1, 6, "", inner)]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved)
        outcome = await channel.hand_over(sample(), to("https://rebinding.example/"))
        assert outcome == Failed(retryable=False, reason="destination_refused")

    def test_a_named_network_is_allowed_and_its_neighbours_are_not(self) -> None:
        rules = DestinationRules(allowed_networks=(ipaddress.IPv4Network("10.20.0.0/16"),))
        assert rules.allows(ipaddress.ip_address("10.20.1.1"))
        assert rules.allows(ipaddress.ip_address("::ffff:10.20.1.1"))
        assert not rules.allows(ipaddress.ip_address("10.21.1.1"))
        assert not rules.allows(ipaddress.ip_address("127.0.0.1"))
        assert rules.allows(ipaddress.ip_address("93.184.215.14"))
