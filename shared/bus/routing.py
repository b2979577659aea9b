"""Routing: which handler hears which type. Decodes a batch, claims each event once, and calls each handler once."""

from collections.abc import Mapping, Sequence

from shared.bus.record import BatchHandler, Delivery, Handler, Record
from shared.bus.work import Work
from shared.contracts.envelope import decode
from shared.kernel.errors import Poison, Rejected

Routes = Mapping[str, Handler]
"""A literal table: type of event to handler. A type that is not in it is not for us (contracts are open)."""


def routed(routes: Routes) -> BatchHandler:
    """A batch handler for internal topics: what the same source sent twice is dropped, the rest is routed in order."""

    async def handle(work: Work, records: Sequence[Record]) -> None:
        deliveries = [delivery for record in records if (delivery := _decoded(record, routes)) is not None]
        new = await claim(work, deliveries)
        for delivery in new:
            work.trace(delivery.event, topic=delivery.record.topic)
        for handler, group in _by_handler(new, routes):
            await handler(work, group)

    return handle


async def claim(work: Work, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """The deliveries that were not handled before; the claim stands or falls with this transaction."""
    first: dict[tuple[str, str], Delivery] = {}
    for delivery in deliveries:
        first.setdefault((delivery.event.source, delivery.event.id), delivery)
    if not first:
        return []
    keys = sorted(first)
    rows = await work.fetch(
        "INSERT INTO inbox (source, id, claimed_at) SELECT source, id, $3 FROM unnest($1::text[], $2::text[])"
        " AS u(source, id) ON CONFLICT DO NOTHING RETURNING source, id",
        [source for source, _ in keys],
        [id for _, id in keys],
        work.now,
    )
    claimed = {(row.source, row.id) for row in rows}
    return [delivery for key, delivery in first.items() if key in claimed]


def _decoded(record: Record, routes: Routes) -> Delivery | None:
    if record.value is None:
        return None  # a tombstone: the compacted entry's last state said so before
    try:
        event = decode(record.value)
    except Rejected as error:
        raise Poison("no CloudEvent on an internal topic") from error
    return Delivery(event, record) if event.type in routes else None


def _by_handler(deliveries: Sequence[Delivery], routes: Routes) -> list[tuple[Handler, list[Delivery]]]:
    groups: dict[Handler, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(routes[delivery.event.type], []).append(delivery)
    return list(groups.items())
