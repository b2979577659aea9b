"""`nclcc watch`: follows topics, a line for each event."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any, Final

import orjson
import typer
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from nclcc.commands.output import fail, out, show_json
from nclcc.commands.reach import broker_client

_LOOK_SECONDS: Final = 1.0
_ASK_SECONDS: Final = 10.0
_TOLD: Final = ("change", "kind", "verdict", "status", "urgency", "organisation", "owner", "acting")
"""Those fields of an event's data that say what happened without saying to whom."""


def watch(
    topics: Annotated[list[str], typer.Argument(help="Topics; * stands for anything (in quotes).")],
    beginning: Annotated[bool, typer.Option("--from-beginning", help="Start with what is there already.")] = False,
    count: Annotated[int | None, typer.Option(help="End after so many events.", min=1)] = None,
    seconds: Annotated[float | None, typer.Option(help="End after so many seconds.", min=0)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print each whole message as a JSON object.")] = False,
) -> None:
    """Follow topics as the broker's administrator, until Ctrl-C. Topics that come up later are followed too.

    \b
    Examples:
      nclcc watch 'org.*.inbox.v1'
      nclcc watch tasking.pursue.urgent.v1 'safeguarding.protect.*' --from-beginning
      nclcc watch 'tasking.receipts.*' --count 1 --json
    """
    follower = Follower(broker_client(), topics, beginning)
    deadline = time.monotonic() + seconds if seconds is not None else None
    try:
        for number, message in enumerate(follower.messages(deadline), 1):
            show_json(_whole(message)) if json else out.print(line_of(message), markup=False)
            if number == count:
                return
    except KeyboardInterrupt:
        return
    finally:
        follower.close()
    if count is not None:
        fail(f"fewer than {count} events came in {seconds:g} s" if seconds else "the topics ended")


class Follower:
    """Reads whole topics without a group: nobody's offsets move, and no rights beyond reading are needed."""

    def __init__(self, client: dict[str, Any], patterns: Sequence[str], beginning: bool) -> None:
        self._consumer = Consumer(
            {**client, "group.id": "org.nclcc.watch", "enable.auto.commit": False, "log_level": 0}
        )
        self._patterns = patterns
        self._next: dict[tuple[str, int], int] = {}
        self._first = not beginning
        self._looked = 0.0

    def messages(self, deadline: float | None) -> Iterator[Message]:
        """What comes, until the deadline (of the monotonic clock) if there is one."""
        while deadline is None or time.monotonic() < deadline:
            if time.monotonic() - self._looked > _LOOK_SECONDS:
                self._look()
            if not self._next:
                time.sleep(0.1)  # none of the topics is there yet
                continue
            message = self._consumer.poll(0.1)
            if message is None or message.error() is not None:
                continue
            self._next[message.topic() or "", message.partition() or 0] = (message.offset() or 0) + 1
            yield message

    def close(self) -> None:
        self._consumer.close()

    def _look(self) -> None:
        """Take in topics that have come up; only those that were there at first are read from their end."""
        found = self._consumer.list_topics(timeout=_ASK_SECONDS).topics
        new = [
            (name, partition)
            for name, topic in found.items()
            if any(fnmatchcase(name, pattern) for pattern in self._patterns)
            for partition in topic.partitions
            if (name, partition) not in self._next
        ]
        for place in new:
            self._next[place] = self._end(*place) if self._first else OFFSET_BEGINNING
        if new:
            self._consumer.assign([TopicPartition(*place, offset) for place, offset in self._next.items()])
        self._first, self._looked = False, time.monotonic()

    def _end(self, topic: str, partition: int) -> int:
        _, high = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_ASK_SECONDS)
        return int(high)


def line_of(message: Message) -> str:
    """Time, topic, type, whom or what it is about, and what happened."""
    _, milliseconds = message.timestamp()
    at = datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
    event = _event(message.value())
    if event is None:
        what = "(deleted)" if message.value() is None else "(no CloudEvent)"
        return f"{at}  {message.topic()}  {what}  {_key(message)}"
    data = event.get("data") or {}
    told = "  ".join(f"{name}={data[name]}" for name in _TOLD if isinstance(data.get(name), str))
    name = str(event.get("type", "")).removeprefix("uk.nclcc.")
    return f"{at}  {message.topic()}  {name}  {event.get('subject') or _key(message)}  {told}".rstrip()


def _whole(message: Message) -> dict[str, Any]:
    event = _event(message.value())
    value = message.value()
    return {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
        "key": _key(message),
        "event": event if event is not None else (value.decode("utf-8", "replace") if value else None),
    }


def _key(message: Message) -> str | None:
    key = message.key()
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else key


def _event(value: bytes | None) -> dict[str, Any] | None:
    try:
        found = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
