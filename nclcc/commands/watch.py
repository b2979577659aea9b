"""`nclcc watch`: follows topics, a line for each event."""

import time
from typing import Annotated, Any, Final

import orjson
import typer

from nclcc.commands.output import fail, out, show_json
from nclcc.commands.reach import broker_client
from shared.bus.client import Follower, Seen

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


def line_of(message: Seen) -> str:
    """Time, topic, type, whom or what it is about, and what happened."""
    at = message.at.strftime("%H:%M:%S.%f")[:-3]
    event = _event(message.value)
    if event is None:
        what = "(deleted)" if message.value is None else "(no CloudEvent)"
        return f"{at}  {message.topic}  {what}  {message.key}"
    data = event.get("data") or {}
    told = "  ".join(f"{name}={data[name]}" for name in _TOLD if isinstance(data.get(name), str))
    name = str(event.get("type", "")).removeprefix("uk.nclcc.")
    return f"{at}  {message.topic}  {name}  {event.get('subject') or message.key}  {told}".rstrip()


def _whole(message: Seen) -> dict[str, Any]:
    event = _event(message.value)
    text = message.value.decode("utf-8", "replace") if message.value else None
    return {
        "topic": message.topic,
        "partition": message.partition,
        "offset": message.offset,
        "key": message.key,
        "event": event if event is not None else text,
    }


def _event(value: bytes | None) -> dict[str, Any] | None:
    try:
        found = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
