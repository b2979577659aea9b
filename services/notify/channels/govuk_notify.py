"""Hands an alert to GOV.UK Notify, as a text or an email, through its official client."""

import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import local
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient

from services.notify.channels.deadline import DEFAULT_TIMEOUT, within_deadline
from services.notify.channels.message import Address, DeliveredToProvider, Failed, Message, Outcome
from services.notify.channels.wording import CONTROL_ROOM, URGENCY_WORDS

LIVE = "https://api.notifications.service.gov.uk"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_API_KEY = re.compile(rf".*{_UUID}-{_UUID}")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_FAILED = frozenset({"permanent-failure", "temporary-failure", "technical-failure"})

# The client logs the provider's error text at WARNING, and that text may repeat what it was sent.
logging.getLogger("notifications_python_client.base").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class GovukSettings:
    """The service's key, its two templates, and the bounds: seconds, and threads for each lane.

    The templates take the placeholders `urgency`, `reference`, `instruction` and `link`; the last two may be
    empty. Raises ValueError that names the setting, never its value.
    """

    api_key: str = field(repr=False)
    sms_template_id: str
    email_template_id: str
    base_url: str = LIVE
    timeout: float = DEFAULT_TIMEOUT
    threads: int = 4

    def __post_init__(self) -> None:
        if not _API_KEY.fullmatch(self.api_key):
            raise ValueError("api_key: does not end in a service id and a secret")
        url = urlsplit(self.base_url)
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOOPBACK):
            raise ValueError("base_url: https, or http to loopback")


class GovukNotifyChannel:
    """One medium of the service. The client is synchronous and not thread-safe: each thread has its own.

    Life risk has threads of its own, so that it never waits behind routine texts to a slow provider.
    """

    def __init__(self, settings: GovukSettings, medium: Literal["sms", "email"]) -> None:
        self.name = f"govuk_{medium}"
        self._settings, self._medium = settings, medium
        self._first = ThreadPoolExecutor(settings.threads, f"{self.name}-life-risk")
        self._rest = ThreadPoolExecutor(settings.threads, self.name)
        self._of_thread = local()
        self._clients: list[Any] = []

    async def hand_over(self, message: Message, to: Address) -> Outcome:
        lane = self._first if message.urgency == "life_risk" else self._rest
        outcome = await self._ask(lane, lambda api: self._send(api, message, to))
        return outcome or Failed(retryable=True, reason="broken_answer")

    async def already_sent(self, attempt_reference: str) -> Outcome | None:
        """What the provider made of this attempt: see `CanBeAsked`.

        `failed` with a reason that starts with `provider_` is the provider's own verdict on what it had; any
        other failure means that it could not be asked.
        """
        return await self._ask(self._first, lambda api: _found(api, attempt_reference))

    async def close(self) -> None:
        for lane in (self._first, self._rest):
            lane.shutdown(wait=False, cancel_futures=True)
        for client in self._clients:
            client.request_session.close()

    async def _ask(self, lane: ThreadPoolExecutor, call: Callable[[Any], Outcome | None]) -> Outcome | None:
        return await within_deadline(self.name, self._settings.timeout, self._in_thread(lane, call))

    async def _in_thread(self, lane: ThreadPoolExecutor, call: Callable[[Any], Outcome | None]) -> Outcome | None:
        # A call that still waits for a thread when the time is up is taken back; one that runs ends by its
        # own time-out, and the next attempt asks the provider first.
        return await asyncio.get_running_loop().run_in_executor(lane, self._judged, call)

    def _judged(self, call: Callable[[Any], Outcome | None]) -> Outcome | None:
        try:
            return call(self._client())
        except APIError as error:
            return _failure(error)
        except (KeyError, TypeError, AttributeError):
            return Failed(retryable=True, reason="broken_answer")

    def _client(self) -> Any:
        client = getattr(self._of_thread, "client", None)
        if client is None:
            client = _new_client(self._settings)
            self._of_thread.client = client
            self._clients.append(client)
        return client

    def _send(self, api: Any, message: Message, to: Address) -> Outcome:
        content = {
            "urgency": URGENCY_WORDS[message.urgency],
            "reference": message.reference,
            "instruction": CONTROL_ROOM if message.phone_control_room else "",
            "link": message.link or "",
        }
        if self._medium == "sms":
            send, template = api.send_sms_notification, self._settings.sms_template_id
        else:
            send, template = api.send_email_notification, self._settings.email_template_id
        answer = send(to.value, template, personalisation=content, reference=message.attempt_reference)
        return DeliveredToProvider(str(answer["id"]))


def _new_client(settings: GovukSettings) -> Any:
    make = cast(Callable[..., Any], NotificationsAPIClient)
    client = make(settings.api_key, base_url=settings.base_url, timeout=settings.timeout)
    # A redirect is an answer other than 2xx; following it would also show the token to another host.
    client.request_session.max_redirects = 0
    if settings.base_url.startswith("http://"):
        client.request_session.trust_env = False
    return client


def _found(api: Any, attempt_reference: str) -> Outcome | None:
    had = api.get_all_notifications(reference=attempt_reference)["notifications"]
    for notification in had:
        if notification["status"] not in _FAILED:
            return DeliveredToProvider(str(notification["id"]))
    if not had:
        return None
    status = had[0]["status"]
    return Failed(retryable=status == "temporary-failure", reason=f"provider_{status.replace('-', '_')}")


def _failure(error: APIError) -> Failed:
    """The client reports what never answered as a 503 without a response."""
    cause = type(error.__cause__).__name__
    if error.response is None:
        timed_out = "Timeout" in cause
        return Failed(retryable=True, reason="timeout" if timed_out else "unreachable")
    status = int(error.response.status_code)
    if status < 300:
        return Failed(retryable=True, reason="broken_answer")
    return Failed(retryable=status == 429 or status >= 500, reason=f"http_{status}")
