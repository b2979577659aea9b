"""Contacts, rotas and policies: read for a decision in one statement, and replaced organisation by organisation."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import orjson

from services.notify.domain.roster import Contact, Roster, Way
from services.notify.escalation import DUTY_DESK, SEALED_DESK, Policy
from services.notify.models import CONTACTS, POLICIES, ROTAS
from services.notify.roster_model import RosterContact, RosterPolicy, RosterRota
from services.notify.rota import Rota
from shared.bus.work import Work
from shared.db import Conflict

CENTRE: Final = "nclcc"

ROSTER_PART: Final = """
 wanted AS MATERIALIZED (
   SELECT unnest({organisations}) AS organisation
   UNION SELECT split_part(ref #>> '{{}}', '/', 1) FROM policies p
     CROSS JOIN LATERAL jsonb_path_query(p.document, '$.steps[*].targets[*].ref') ref
     WHERE p.organisation = ANY({organisations})),
 roster AS (
   SELECT 'contact' AS kind, jsonb_build_object('organisation', organisation, 'contact', contact, 'desk', desk,
       'valid_until', valid_until, 'channels', document->'channels')::text AS doc, organisation AS o, position AS n
     FROM contacts JOIN wanted USING (organisation) WHERE active
   UNION ALL SELECT 'rota', jsonb_build_object('organisation', organisation, 'document', document)::text,
       organisation, 0 FROM rotas JOIN wanted USING (organisation)
   UNION ALL SELECT 'policy', jsonb_build_object('organisation', organisation, 'document', document)::text,
       organisation, 0 FROM policies JOIN wanted USING (organisation))
"""
"""The part of a statement that reads a roster: the organisations given, and those that their policies lead to."""


async def read_roster(work: Work, organisations: Collection[str]) -> Roster:
    """The roster of these organisations and of the centre."""
    part = ROSTER_PART.format(organisations="$1::text[]")
    rows = await work.fetch(f"WITH {part} SELECT kind, doc FROM roster ORDER BY o, n", sorted({*organisations, CENTRE}))
    return roster_of(rows)


def roster_of(rows: Iterable[Any]) -> Roster:
    """The roster in rows of (kind, doc); rows of other kinds are left out."""
    roster = Roster()
    for row in rows:
        if row.kind == "contact":
            contact = _contact(row.doc)
            roster.contacts[contact.ref] = contact
        elif row.kind == "rota":
            desk, rota = _rota(row.doc)
            roster.rotas[desk] = rota
        elif row.kind == "policy":
            key, policy = _policy(row.doc)
            roster.policies[key] = policy
    return roster


async def unmanned_desks(work: Work) -> list[str]:
    """Those of the two desks on which all alerts end that nobody stands behind."""
    rows = await work.fetch(
        "SELECT organisation || '/' || desk AS desk FROM contacts"
        " WHERE active AND organisation = $1 AND (valid_until IS NULL OR valid_until > $2)",
        CENTRE,
        work.now,
    )
    manned = {row.desk for row in rows}
    return [desk.ref for desk in (DUTY_DESK, SEALED_DESK) if desk.ref not in manned]


async def find_contact(work: Work, ref: str) -> Any | None:
    """A contact that was not taken out: (organisation, desk, named, valid_until)."""
    organisation, _, contact = ref.partition("/")
    rows = await work.fetch(
        "SELECT organisation, desk, named, valid_until FROM contacts"
        " WHERE organisation = $1 AND contact = $2 AND active",
        organisation,
        contact,
    )
    return rows[0] if rows else None


async def list_contact_versions(work: Work, organisations: Sequence[str]) -> dict[tuple[str, str], tuple[int, bool]]:
    """Every contact that these organisations ever had: its version and whether it was named; held until the end."""
    rows = await work.fetch(
        "SELECT organisation, contact, version, named AND active AS named FROM contacts"
        " WHERE organisation = ANY($1::text[]) ORDER BY organisation, contact FOR UPDATE",
        list(organisations),
    )
    return {(row.organisation, row.contact): (row.version, row.named) for row in rows}


async def list_documents(work: Work, organisation: str) -> dict[str, list[dict[str, Any]]]:
    """The contacts, rotas and policies of one organisation as they were given."""
    rows = await work.fetch(
        "SELECT 'contacts' AS kind, document, position AS n FROM contacts WHERE organisation = $1 AND active"
        " UNION ALL SELECT 'rotas', document, 0 FROM rotas WHERE organisation = $1"
        " UNION ALL SELECT 'policies', document, 0 FROM policies WHERE organisation = $1 ORDER BY kind, n",
        organisation,
    )
    found: dict[str, list[dict[str, Any]]] = {"contacts": [], "rotas": [], "policies": []}
    for row in rows:
        found[row.kind].append(row.document)
    return found


def record_contact(work: Work, organisation: str, one: RosterContact, position: int, version: int) -> None:
    """Write one contact."""
    row = {
        "organisation": organisation,
        "contact": one.id,
        "desk": one.desk,
        "position": position,
        "named": one.named,
        "valid_until": one.valid_until,
        "active": True,
        "version": version,
        "document": one.model_dump(mode="json"),
    }
    work.insert(CONTACTS, [row], Conflict.REPLACE)


def retire_contact(work: Work, organisation: str, contact: str, version: int) -> None:
    """Take a contact out; its name and addresses go, its version stays."""
    row = {
        "organisation": organisation,
        "contact": contact,
        "named": False,
        "active": False,
        "version": version,
        "document": {},
    }
    work.update(CONTACTS, [row])


async def replace_rotas(work: Work, organisation: str, rotas: Sequence[RosterRota]) -> None:
    await work.fetch("DELETE FROM rotas WHERE organisation = $1", organisation)
    work.insert(
        ROTAS,
        [{"organisation": organisation, "desk": one.desk, "document": one.model_dump(mode="json")} for one in rotas],
    )


async def replace_policies(work: Work, organisation: str, policies: Sequence[RosterPolicy]) -> None:
    await work.fetch("DELETE FROM policies WHERE organisation = $1", organisation)
    rows = [
        {
            "organisation": organisation,
            "desk": one.desk,
            "urgency": one.urgency,
            "document": one.model_dump(mode="json"),
        }
        for one in policies
    ]
    work.insert(POLICIES, rows)


# The same few documents come with every batch: parsed once for each text.


@lru_cache(maxsize=4096)
def _contact(text: str) -> Contact:
    document = orjson.loads(text)
    ways = tuple(Way(one["channel"], one["address"], one.get("secret_name")) for one in document["channels"])
    until = document["valid_until"]
    return Contact(
        ref=f"{document['organisation']}/{document['contact']}",
        desk=f"{document['organisation']}/{document['desk']}",
        ways=ways,
        valid_until=datetime.fromisoformat(until) if until else None,
    )


@lru_cache(maxsize=1024)
def _rota(text: str) -> tuple[str, Rota]:
    document = orjson.loads(text)
    rota = RosterRota.model_validate(document["document"])
    return f"{document['organisation']}/{rota.desk}", rota.to_rota(document["organisation"])


@lru_cache(maxsize=1024)
def _policy(text: str) -> tuple[tuple[str, str], Policy]:
    document = orjson.loads(text)
    policy = RosterPolicy.model_validate(document["document"])
    return (f"{document['organisation']}/{policy.desk}", policy.urgency), policy.to_policy()
