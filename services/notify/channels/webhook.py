"""Hands an alert to an organisation's own system, signed per Standard Webhooks."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, timedelta

import httpx
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from services.notify.channels.deadline import DEFAULT_TIMEOUT, within_deadline
from services.notify.channels.destinations import DestinationRefused, DestinationRules, GuardedTransport
from services.notify.channels.message import Address, DeliveredToProvider, Failed, Message, Outcome
from services.notify.channels.wording import fields
from shared.kernel.clock import Clock

EVENT_TYPE = "alert.raised"
_WORTH_REPEATING = frozenset({408, 425, 429})
_DRAINED_BYTES = 16_384
_DRAINED_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Seconds, connections kept open, where calls may go, and a CA file where partners have their own."""

    timeout: float = DEFAULT_TIMEOUT
    keep_alive: int = 100
    destinations: DestinationRules = field(default_factory=DestinationRules)
    ca_file: str | None = None


class WebhookChannel:
    """POSTs `{"type", "timestamp", "data"}` with `webhook-id`, `webhook-timestamp` and a `v1` signature.

    The id is the attempt's reference, so that a receiver drops what a repeat doubles. No redirect is followed
    and no proxy of the environment is used: both would lead past the destination rules.
    """

    name = "webhook"

    def __init__(self, settings: WebhookSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(settings.destinations, settings.keep_alive, settings.ca_file or True),
            timeout=settings.timeout,
            follow_redirects=False,
            trust_env=False,
        )

    async def hand_over(self, message: Message, to: Address) -> Outcome:
        return await within_deadline(self.name, self._settings.timeout, self._hand_over(message, to))

    async def close(self) -> None:
        await self._client.aclose()

    async def _hand_over(self, message: Message, to: Address) -> Outcome:
        body = self._body(message)
        try:
            self._settings.destinations.check_url(to.value)
            signed = self._signed(message, body, to.secret)
        except DestinationRefused:
            return Failed(retryable=False, reason="destination_refused")
        except (ValueError, EmptyWebhookSecretError):
            return Failed(retryable=False, reason="no_valid_secret")
        return await self._post(to.value, body, signed, message.attempt_reference)

    def _body(self, message: Message) -> str:
        content = {"type": EVENT_TYPE, "timestamp": self._clock.now().isoformat(), "data": fields(message)}
        return json.dumps(content, separators=(",", ":"))

    def _signed(self, message: Message, body: str, secret: str | None) -> dict[str, str]:
        if not secret:
            raise ValueError("a webhook has a secret of its own")
        # The library replaces the zone instead of converting, so it must be handed UTC.
        at = self._clock.now().astimezone(UTC)
        return {
            "content-type": "application/json",
            "webhook-id": message.attempt_reference,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(message.attempt_reference, at, body),
        }

    async def _post(self, url: str, body: str, headers: dict[str, str], attempt: str) -> Outcome:
        try:
            async with self._client.stream("POST", url, content=body, headers=headers) as response:
                outcome = _judged(response, attempt)
                await _drain(response)
        except DestinationRefused:
            return Failed(retryable=False, reason="destination_refused")
        except httpx.TimeoutException:
            return Failed(retryable=True, reason="timeout")
        except httpx.ConnectError:
            return Failed(retryable=True, reason="unreachable")
        except httpx.InvalidURL:
            return Failed(retryable=False, reason="destination_refused")
        except httpx.HTTPError:
            return Failed(retryable=True, reason="broken_answer")
        return outcome


def _judged(response: httpx.Response, attempt: str) -> Outcome:
    status = response.status_code
    if 200 <= status < 300:
        return DeliveredToProvider(attempt)
    return Failed(
        retryable=status in _WORTH_REPEATING or status >= 500,
        reason=f"http_{status}",
        retry_after=_retry_after(response.headers.get("retry-after", "")),
    )


def _retry_after(value: str) -> timedelta | None:
    """Seconds only (RFC 9110, 10.2.3); the form with a date is left to our own back-off."""
    return timedelta(seconds=int(value)) if value.isascii() and value.isdigit() and len(value) < 7 else None


async def _drain(response: httpx.Response) -> None:
    """Read a short answer, so that the connection can be used again; a long one is cut off unread.

    The content is of no interest and never kept: what counts is the status.
    """
    if int(response.headers.get("content-length", _DRAINED_BYTES + 1)) > _DRAINED_BYTES:
        return
    # What breaks after the status does not undo it.
    with suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(_DRAINED_SECONDS):
            await response.aread()
