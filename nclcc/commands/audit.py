"""`nclcc audit`: proves that the audit log is whole, or says what was done to it."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from nclcc.commands.output import out, show_json
from nclcc.commands.reach import broker_client, database_url, run
from nclcc.stack import SERVICES
from nclcc.state import get_state
from shared.audit.checkpoint import SealedCheckpoint
from shared.audit.keys import private_key_file, public_key
from shared.audit.verify import Report, verify_database
from shared.bus.client import read_partition
from shared.contracts.topics import AUDIT_CHECKPOINTS
from shared.db import Transaction, connect

app = typer.Typer(help="The audit log.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """The audit log."""


@app.command()
def verify(
    service: Annotated[str | None, typer.Option(help="One service only.")] = None,
    key: Annotated[
        list[Path] | None, typer.Option(help="A public key (PEM) that signed it; none: those of the stack here.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each service.")] = False,
) -> None:
    """Hold each service's log against its signed checkpoints, in the database and on the topic. Status 1: damaged.

    \b
    Examples:
      nclcc audit verify
      nclcc audit verify --service notify --json
    """
    whole = True
    published = _published()
    for name in [service] if service else SERVICES:
        keys = [public_key(path.read_bytes()) for path in key] if key else [_own_key(name)]
        report = run(_verify(name, keys, published, alone=service is not None))
        whole = whole and not report.findings
        _show(name, report, json)
    if not whole:
        raise typer.Exit(1)


async def _verify(service: str, keys: list[Ed25519PublicKey], published: list[SealedCheckpoint], alone: bool) -> Report:
    engine = connect(database_url(service, alone), pool_size=2, name="nclcc audit")
    try:
        return await verify_database(service, lambda: Transaction(engine), keys, published)
    finally:
        await asyncio.shield(engine.dispose())


def _own_key(service: str) -> Ed25519PublicKey:
    return private_key_file(Path(get_state().audit_keys[service])).public_key()


def _published() -> list[SealedCheckpoint]:
    """All that the topic holds, read before the database: one that the database lacks was cut off."""
    seen = read_partition(broker_client(), AUDIT_CHECKPOINTS, 0)
    return [SealedCheckpoint.from_dict(orjson.loads(one.value)["data"]) for one in seen if one.value]


def _show(service: str, report: Report, as_json: bool) -> None:
    if as_json:
        findings: list[dict[str, Any]] = [asdict(finding) for finding in report.findings]
        show_json({"service": service, "whole": not findings, "rows": report.rows, "findings": findings})
        return
    verdict = "whole" if not report.findings else "DAMAGED"
    counted = f"{report.rows} rows under {report.checkpoints} checkpoints, {report.unsealed} unsealed"
    out.print(f"{service:<14}{verdict}: {counted}", markup=False)
    for finding in report.findings:
        out.print(f"  {finding.damage}: {finding.message}", markup=False)
