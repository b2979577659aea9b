"""The promise that every channel keeps: an answer in time, and no exception."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from services.notify.channels.message import Failed

DEFAULT_TIMEOUT = 5.0
TIMED_OUT = Failed(retryable=True, reason="timeout")
UNEXPECTED = Failed(retryable=True, reason="unexpected_error")

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


async def within_deadline(channel: str, seconds: float, call: Awaitable[Answer]) -> Answer | Failed:
    """Await `call` for at most `seconds`; an overrun and any exception become a failure.

    The deadline is for the whole call: a client library's own time-outs are per read, and a server that sends
    one byte at a time would hold the caller for ever. Cancellation by the caller passes through.
    """
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError:
        return TIMED_OUT
    except Exception as error:
        # Only the type: a library's message may hold an address or a provider's answer.
        log.error("channel %s raised %s", channel, type(error).__name__)
        return UNEXPECTED
