"""`nclcc publish`: sends events as an organisation's own system would."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from nclcc.addressing import Unaddressed, key_of, organisation_of_source, read_events, topic_of
from nclcc.commands.output import fail, out, show_json
from nclcc.state import get_state
from shared.bus.client import Sender, Sent


def publish(
    file: Annotated[str, typer.Argument(help="A file of CloudEvents (JSON, a JSON array or NDJSON); - reads them.")],
    as_: Annotated[
        str | None, typer.Option("--as", help="Log in as this organisation, not as each source says.")
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Send everything there, whatever it says of itself.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each event.")] = False,
) -> None:
    """Send events to their organisation's topic: pursue, intel or responses, by their type.

    \b
    Examples:
      nclcc publish event.json
      jq -c . events/*.json | nclcc publish -
      nclcc publish event.json --as kent        another force's event with kent's login
      nclcc publish odd.json --topic org.kent.pursue.v1
    """
    try:
        events = list(read_events(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()))
        addressed = [(event, topic or topic_of(event)) for event in events]
        senders = [as_ or _sender(event, to) for event, to in addressed]
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except Unaddressed as error:
        fail(f"{file}: {error}")
    sent = _send(addressed, senders)
    for one in sent:
        show_json(asdict(one)) if json else out.print(_line(one), markup=False)
    if any(one.error for one in sent):
        raise typer.Exit(1)


def _sender(event: Mapping[str, Any], topic: str) -> str:
    """Who writes to the topic, where it is an organisation's; else whom the event names."""
    parts = topic.split(".")
    return parts[1] if parts[0] == "org" and len(parts) == 4 else organisation_of_source(event)


def _send(addressed: list[tuple[dict[str, Any], str]], senders: list[str]) -> list[Sent]:
    clients = {code: Sender(_login(code)) for code in sorted(set(senders))}
    sent = [
        clients[code].send(str(event["id"]) if "id" in event else None, topic, orjson.dumps(event), key_of(event))
        for (event, topic), code in zip(addressed, senders, strict=True)
    ]
    for client in clients.values():
        client.finish()
    return sent


def _login(code: str) -> dict[str, Any]:
    state = get_state()
    if not state.secured:
        return {"bootstrap.servers": state.bootstrap}
    if code not in state.logins:
        fail(f"there is no login of {code} here: nclcc org enrol {code}")
    return dict(state.logins[code])


def _line(one: Sent) -> str:
    where = f"{one.topic} [{one.partition}] @ {one.offset}" if one.error is None else f"{one.topic}: {one.error}"
    return f"{one.id or '(no id)'}  {where}"
