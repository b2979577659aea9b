"""The GOV.UK Notify channel, through the official client, against a stand-in that checks its token."""

import logging
from collections.abc import AsyncIterator, Iterator
from time import monotonic

import pytest

from services.notify.channels.govuk_notify import GovukNotifyChannel, GovukSettings
from services.notify.channels.message import Address, DeliveredToProvider, Failed
from tests.integration.channels.govuk_stand_in import (
    API_KEY,
    EMAIL_TEMPLATE,
    SERVICE_ID,
    SMS_TEMPLATE,
    GovukStandIn,
)
from tests.integration.channels.samples import LINK, REFERENCE, sample
from tests.integration.channels.servers import HttpServer, Reply, http_server

NUMBER = Address("govuk_sms", "07700 900111")
MAILBOX = Address("govuk_email", "duty@kent.example")
NOT_FOUND = "00000000-0000-4000-8000-000000000000"


def settings_for(url: str, key: str = API_KEY, template: str = SMS_TEMPLATE) -> GovukSettings:
    return GovukSettings(key, template, EMAIL_TEMPLATE, url, timeout=0.5, threads=2)


@pytest.fixture
def govuk() -> GovukStandIn:
    return GovukStandIn()


@pytest.fixture
def server(govuk: GovukStandIn) -> Iterator[HttpServer]:
    with http_server(govuk) as running:
        yield running


@pytest.fixture
async def sms(server: HttpServer) -> AsyncIterator[GovukNotifyChannel]:
    channel = GovukNotifyChannel(settings_for(server.url), "sms")
    yield channel
    await channel.close()


class TestTaken:
    async def test_a_text_has_the_reference_and_only_the_four_fields(
        self, sms: GovukNotifyChannel, govuk: GovukStandIn
    ) -> None:
        outcome = await sms.hand_over(sample("life_risk"), NUMBER)
        (sent,) = govuk.sent
        assert outcome == DeliveredToProvider(sent["id"])
        assert sent["reference"] == "attempt-0001"
        assert sent["personalisation"] == {
            "urgency": "RISK TO LIFE",
            "reference": REFERENCE,
            "instruction": "Phone the control room now.",
            "link": LINK,
        }

    async def test_an_email_uses_its_own_template(self, server: HttpServer, govuk: GovukStandIn) -> None:
        channel = GovukNotifyChannel(settings_for(server.url), "email")
        assert isinstance(await channel.hand_over(sample(), MAILBOX), DeliveredToProvider)
        await channel.close()
        assert govuk.sent[0]["template_id"] == EMAIL_TEMPLATE


class TestAskedFirst:
    async def test_what_it_never_had_is_none(self, sms: GovukNotifyChannel) -> None:
        assert await sms.already_sent("attempt-0001") is None

    async def test_what_it_had_is_found_by_the_attempt(self, sms: GovukNotifyChannel, govuk: GovukStandIn) -> None:
        await sms.hand_over(sample(), NUMBER)
        assert await sms.already_sent("attempt-0001") == DeliveredToProvider(govuk.sent[0]["id"])
        assert await sms.already_sent("attempt-0002") is None

    @pytest.mark.parametrize(
        ("status", "retryable"),
        [("permanent-failure", False), ("temporary-failure", True), ("technical-failure", False)],
    )
    async def test_what_failed_there_is_a_failure(
        self, sms: GovukNotifyChannel, govuk: GovukStandIn, status: str, retryable: bool
    ) -> None:
        await sms.hand_over(sample(), NUMBER)
        govuk.sent[0]["status"] = status
        expected = Failed(retryable, f"provider_{status.replace('-', '_')}")
        assert await sms.already_sent("attempt-0001") == expected

    async def test_when_it_cannot_be_asked_that_is_not_none(self, sms: GovukNotifyChannel, govuk: GovukStandIn) -> None:
        govuk.next_reply = Reply(503)
        assert await sms.already_sent("attempt-0001") == Failed(retryable=True, reason="http_503")


class TestNotTaken:
    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            (Reply(302, "", {"location": "/v2/notifications"}), Failed(False, "http_302")),
            (Reply(400), Failed(False, "http_400")),
            (Reply(429), Failed(True, "http_429")),
            (Reply(500), Failed(True, "http_500")),
            (Reply(503), Failed(True, "http_503")),
            (Reply(201, "no json"), Failed(True, "broken_answer")),
            (Reply(201, "{}"), Failed(True, "broken_answer")),
            (Reply(201, "[]"), Failed(True, "broken_answer")),
        ],
    )
    async def test_any_answer_but_a_good_one(
        self, sms: GovukNotifyChannel, govuk: GovukStandIn, reply: Reply, expected: Failed
    ) -> None:
        govuk.next_reply = reply
        assert await sms.hand_over(sample(), NUMBER) == expected
        assert govuk.sent == []

    @pytest.mark.parametrize(
        "key", [f"x-{SERVICE_ID}-{NOT_FOUND}", f"x-{NOT_FOUND}-3d844edf-8d35-48ac-975b-e847b4f122b0"]
    )
    async def test_a_key_that_the_service_does_not_know(
        self, server: HttpServer, govuk: GovukStandIn, key: str
    ) -> None:
        channel = GovukNotifyChannel(settings_for(server.url, key), "sms")
        assert await channel.hand_over(sample(), NUMBER) == Failed(False, "http_403")
        await channel.close()
        assert govuk.sent == []

    async def test_a_template_that_is_not_there(self, server: HttpServer) -> None:
        channel = GovukNotifyChannel(settings_for(server.url, template=NOT_FOUND), "sms")
        assert await channel.hand_over(sample(), NUMBER) == Failed(False, "http_400")
        await channel.close()

    async def test_a_refusal_is_not_logged_in_the_providers_words(
        self, sms: GovukNotifyChannel, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            assert await sms.hand_over(sample(), Address("govuk_sms", "0770")) == Failed(False, "http_400")
        assert "phone_number" not in caplog.text

    async def test_a_hang_ends_at_the_time_out(self, sms: GovukNotifyChannel, govuk: GovukStandIn) -> None:
        govuk.next_reply = Reply(hang=True)
        start = monotonic()
        assert await sms.hand_over(sample(), NUMBER) == Failed(True, "timeout")
        assert monotonic() - start < 1.5

    async def test_a_closed_port(self) -> None:
        with http_server(lambda _: Reply()) as gone:
            pass
        channel = GovukNotifyChannel(settings_for(gone.url), "sms")
        assert await channel.hand_over(sample(), NUMBER) == Failed(True, "unreachable")
        await channel.close()

    async def test_after_the_end_it_fails_and_does_not_raise(self, server: HttpServer) -> None:
        channel = GovukNotifyChannel(settings_for(server.url), "sms")
        await channel.close()
        assert await channel.hand_over(sample(), NUMBER) == Failed(True, "unexpected_error")


@pytest.mark.parametrize("wrong", ["", "key", f"{SERVICE_ID}"])
def test_a_key_of_another_form_is_refused_and_not_repeated(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^api_key: does not end in a service id and a secret$"):
        settings_for("https://govuk.example", key=wrong)


def test_plain_http_is_for_loopback_only() -> None:
    with pytest.raises(ValueError, match="base_url"):
        settings_for("http://govuk.example")
