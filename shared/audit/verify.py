"""Holds the log against its checkpoints, and says what was done to it and where."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.audit.checkpoint import (
    FIRST_PREVIOUS,
    Checkpoint,
    LoggedRow,
    SealedCheckpoint,
    leaf_of,
    root_hex,
    signed_message,
    unpack,
)
from shared.audit.keys import is_signed_by, key_id
from shared.audit.reading import StoredCheckpoint, count_unsealed, rows_within, stream_log
from shared.db import Transaction

_SHOWN: Final = 20


class Damage(StrEnum):
    """What can have happened to the log."""

    ALTERED_ROW = "altered-row"
    REMOVED_ROW = "removed-row"
    ADDED_ROW = "added-row"
    BROKEN_CHAIN = "broken-chain"
    BAD_SIGNATURE = "bad-signature"
    MISSING_CHECKPOINT = "missing-checkpoint"
    REPLACED_CHECKPOINT = "replaced-checkpoint"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Finding:
    """One damage: what, in which checkpoint's window, at which rows (empty where that cannot be told), in words."""

    damage: Damage
    number: int
    rows: tuple[int, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a run over a whole log saw. `unsealed` rows are newer than the last window and prove nothing yet."""

    findings: list[Finding]
    checkpoints: int
    rows: int
    unsealed: int
    last: Checkpoint | None


def verify(
    service: str,
    rows: Iterable[LoggedRow],
    checkpoints: Sequence[StoredCheckpoint],
    keys: Sequence[Ed25519PublicKey],
    published: Iterable[SealedCheckpoint] | None = None,
) -> list[Finding]:
    """Every damage in `rows` and `checkpoints` of a service; empty means that the log is whole.

    `keys` are all public keys that ever signed it. `published` is what the topic holds (other services' checkpoints
    are passed over), read *before* the database: one is published only after its commit, so one that the database
    lacks was cut off.
    """
    everything, verification = list(rows), Verification(service, keys, published)
    for stored in sorted(checkpoints, key=lambda one: one.checkpoint.number):
        verification.take(stored, rows_within(stored.checkpoint, everything))
    return verification.finish()


async def verify_database(
    service: str,
    open_transaction: Callable[[], Transaction],
    keys: Sequence[Ed25519PublicKey],
    published: Iterable[SealedCheckpoint] | None = None,
) -> Report:
    """`verify` over a service's database, a few windows at a time. Writes nothing."""
    verification, checkpoints, rows = Verification(service, keys, published), 0, 0
    async for stored, window in stream_log(open_transaction):
        verification.take(stored, window)
        checkpoints, rows = checkpoints + 1, rows + len(window)
    async with open_transaction() as transaction:
        unsealed = await count_unsealed(transaction)
    return Report(verification.finish(), checkpoints, rows, unsealed, verification.last)


class Verification:
    """Takes one window after the other, in the order of their numbers."""

    def __init__(
        self,
        service: str,
        keys: Sequence[Ed25519PublicKey],
        published: Iterable[SealedCheckpoint] | None = None,
    ) -> None:
        self.last: Checkpoint | None = None
        self._service = service
        self._keys = {key_id(key): key for key in keys}
        self._findings: list[Finding] = []
        self._published: dict[int, list[SealedCheckpoint]] = {}
        for one in published or ():
            if one.checkpoint.service != service:
                continue
            self._published.setdefault(one.checkpoint.number, []).append(one)

    def take(self, stored: StoredCheckpoint, rows: Sequence[LoggedRow]) -> None:
        """Check one checkpoint, and the rows that stand in its window, by id."""
        if not self._is_signed(stored.sealed):
            self._found(Damage.BAD_SIGNATURE, stored.checkpoint.number, "the checkpoint's signature is not ours")
        self._check_chain(stored.checkpoint)
        self._check_published(stored.checkpoint)
        self._check_rows(stored, rows)
        self.last = stored.checkpoint

    def finish(self) -> list[Finding]:
        """Report what was published and never taken, and return all findings."""
        for number in sorted(self._published):
            if any(self._is_signed(one) for one in self._published[number]):
                what = "was published and is not in the database"
                self._found(Damage.MISSING_CHECKPOINT, number, f"checkpoint {number} {what}")
            else:
                self._found(Damage.BAD_SIGNATURE, number, "a published checkpoint's signature is not ours")
        self._published = {}
        return self._findings

    def _check_chain(self, one: Checkpoint) -> None:
        expected = self.last.number + 1 if self.last else 1
        if one.number != expected:
            missing = str(expected) if one.number - expected == 1 else f"{expected} to {one.number - 1}"
            self._found(Damage.GAP, expected, f"checkpoint {missing} is missing before {one.number}")
            return
        previous = self.last.digest() if self.last else FIRST_PREVIOUS
        if one.previous != previous:
            self._found(Damage.BROKEN_CHAIN, one.number, "it does not name the checkpoint before it")
        elif one.service != self._service:
            self._found(Damage.BROKEN_CHAIN, one.number, "it is another service's checkpoint")
        elif one.from_txid != (self.last.to_txid if self.last else 0):
            self._found(Damage.BROKEN_CHAIN, one.number, "its window does not begin where the last one ended")

    def _check_published(self, one: Checkpoint) -> None:
        for other in self._published.pop(one.number, []):
            if not self._is_signed(other):
                self._found(Damage.BAD_SIGNATURE, one.number, "a published checkpoint's signature is not ours")
            elif other.checkpoint.digest() != one.digest():
                what = "another checkpoint was published under this number: the log went back and on again"
                self._found(Damage.REPLACED_CHECKPOINT, one.number, what)

    def _check_rows(self, stored: StoredCheckpoint, rows: Sequence[LoggedRow]) -> None:
        one = stored.checkpoint
        leaves = [leaf_of(row) for row in rows]
        if root_hex(leaves) == one.root and len(rows) == one.count:
            return
        sealed = unpack(stored.leaves)
        if root_hex([leaf for _, leaf in sealed]) == one.root:
            standing = dict(zip((row.id for row in rows), leaves, strict=True))
            if self._compare(one, dict(sealed), standing):
                return
        damage = _by_count(one.count, len(rows))
        span = f"rows {one.first_id} to {one.last_id}" if one.count else "an empty window"
        self._found(damage, one.number, f"{span}: {one.count} sealed, {len(rows)} stand, another root")

    def _compare(self, one: Checkpoint, sealed: dict[int, bytes], standing: dict[int, bytes]) -> bool:
        """Name the rows that differ; False if the leaves show none."""
        kinds = {
            Damage.ALTERED_ROW: [id for id in sealed if id in standing and standing[id] != sealed[id]],
            Damage.REMOVED_ROW: [id for id in sealed if id not in standing],
            Damage.ADDED_ROW: [id for id in standing if id not in sealed],
        }
        for damage, ids in kinds.items():
            if ids:
                self._found(damage, one.number, f"{_listed(ids)} after sealing", tuple(ids))
        return any(kinds.values())

    def _is_signed(self, sealed: SealedCheckpoint) -> bool:
        key = self._keys.get(sealed.key_id)
        return key is not None and is_signed_by(key, sealed.signature_bytes(), signed_message(sealed.checkpoint))

    def _found(self, damage: Damage, number: int, message: str, rows: tuple[int, ...] = ()) -> None:
        self._findings.append(Finding(damage, number, rows, f"{damage} in checkpoint {number}: {message}"))


def _by_count(sealed: int, standing: int) -> Damage:
    """What happened at least, where the leaves do not name the rows."""
    if standing == sealed:
        return Damage.ALTERED_ROW
    return Damage.REMOVED_ROW if standing < sealed else Damage.ADDED_ROW


def _listed(ids: Sequence[int]) -> str:
    shown = ", ".join(str(id) for id in ids[:_SHOWN])
    return f"row {shown}" + (f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else "")
