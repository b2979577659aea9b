"""A channel for trying it out: one JSON line for each hand-over, to a file or to standard output."""

import asyncio
import json
import os
import sys
from pathlib import Path

from services.notify.channels.deadline import DEFAULT_TIMEOUT, within_deadline
from services.notify.channels.message import Address, DeliveredToProvider, Failed, Message, Outcome
from services.notify.channels.wording import fields
from shared.kernel.clock import Clock


class LogChannel:
    """Appends `{reference, urgency, link, phone_control_room, to, at, attempt}`; no path: standard output."""

    name = "log"

    def __init__(self, path: Path | None, clock: Clock, timeout: float = DEFAULT_TIMEOUT) -> None:
        self._path, self._clock, self._timeout = path, clock, timeout

    async def hand_over(self, message: Message, to: Address) -> Outcome:
        where_and_when = {
            "to": to.value,
            "at": self._clock.now().isoformat(),
            "attempt": message.attempt_reference,
        }
        line = json.dumps(fields(message) | where_and_when)
        return await within_deadline(self.name, self._timeout, self._write(line + "\n", message.attempt_reference))

    async def close(self) -> None:
        """Nothing is held open between lines."""

    async def _write(self, line: str, attempt: str) -> Outcome:
        try:
            await asyncio.to_thread(_append, self._path, line)
        except OSError:
            return Failed(retryable=True, reason="not_writable")
        return DeliveredToProvider(attempt)


def _append(path: Path | None, line: str) -> None:
    if path is None:
        sys.stdout.write(line)
        sys.stdout.flush()
        return
    # One write to a file opened for appending: lines of several processes do not mix.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
