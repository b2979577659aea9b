"""Enrols organisations, and takes in their contacts, rotas and policies."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.notify.domain import events
from services.notify.repository import inboxes, registry
from services.notify.repository import roster as repository
from services.notify.roster_model import Roster, RosterContact
from services.notify.work import Batch
from shared.contracts.envelope import encode, from_document
from shared.contracts.registry import ContactChanged
from shared.contracts.topics import CONTACTS_STATE, INBOX, ORGANISATIONS_STATE


async def enrol(batch: Batch, code: str, kafka: bool) -> dict[str, Any]:
    """Let an organisation take part, or change whether it takes Kafka. To do it again changes nothing."""
    await batch.work.lock([f"organisation/{code}"])
    known = await registry.find_organisation(batch.work, code)
    if known is not None and known.status == "enrolled" and known.kafka == kafka:
        return dict(known)
    version = known.version + 1 if known is not None else 1
    row = {
        "code": code,
        "status": "enrolled",
        "kafka": kafka,
        "version": version,
        "enrolled_at": known.enrolled_at if known is not None else batch.now,
        "provisioned_at": None,
    }
    registry.record_organisation(batch.work, row)
    event = events.organisation_changed(batch.desk.key, code, "enrolled", kafka, version, batch.now)
    batch.work.publish(ORGANISATIONS_STATE, event, code)
    batch.work.after_commit(batch.desk.wake_provisioner)
    return row


async def open_inbox_topic(batch: Batch, code: str) -> None:
    """The organisation's topics stand: what its inbox held before goes there first, and from now on all of it."""
    if not await inboxes.hold_inbox(batch.work, code):
        return
    after = 0
    while entries := await inboxes.list_entries(batch.work, code, after, 1000):
        for document in entries:
            event = from_document(document)
            batch.work.send(INBOX.of(code).name, code, encode(event), event.type, UUID(event.id))
            after = document["sequence"]
    await inboxes.put_on_topic(batch.work, code)
    await registry.mark_provisioned(batch.work, code)


async def take_roster(batch: Batch, roster: Roster) -> None:
    """Put everything that this roster says of its organisations in the place of what was known of them."""
    codes = [one.code for one in roster.organisations]
    await batch.work.lock([f"roster/{code}" for code in codes])
    for one in roster.organisations:
        await replace_contacts(batch, one.code, one.contacts)
        await repository.replace_rotas(batch.work, one.code, one.rotas)
        await repository.replace_policies(batch.work, one.code, one.policies)


async def replace_contacts(batch: Batch, code: str, contacts: Sequence[RosterContact]) -> None:
    """The organisation's contacts are these from now on; who may be named, and who no longer may, is published."""
    known = await repository.list_contact_versions(batch.work, [code])
    for position, one in enumerate(contacts):
        version, was_named = known.pop((code, one.id), (0, False))
        repository.record_contact(batch.work, code, one, position, version + 1)
        if one.named or was_named:
            _publish(batch, code, one.id, one.desk, one.named, version + 1, one)
    for (_, contact), (version, was_named) in known.items():
        repository.retire_contact(batch.work, code, contact, version + 1)
        if was_named:
            _publish(batch, code, contact, "none", False, version + 1, None)


def _publish(
    batch: Batch, code: str, contact: str, desk: str, named: bool, version: int, one: RosterContact | None
) -> None:
    changed = ContactChanged(
        organisation=code,
        contact=contact,
        desk=desk,
        named=named,
        version=version,
        valid_until=one.valid_until if one else None,
    )
    event = events.contact_changed(batch.desk.key, changed, batch.now)
    batch.work.publish(CONTACTS_STATE, event, f"{code}/{contact}")
