"""A checkpoint: one window of the log under a Merkle root, chained to the window before it, and signed."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import orjson
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.audit.keys import key_id
from shared.audit.merkle import leaf_hash, root_of

FIRST_PREVIOUS: Final = "0" * 64
"""What the first checkpoint of a service is chained to."""

_CONTEXT: Final = b"nclcc-audit-checkpoint-v1\n"
_ID_BYTES: Final = 8
_HASH_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """A row of the audit log as it stands in the database; `recipients` and `detail` are JSON texts."""

    id: int
    at: datetime
    txid: int
    action: str
    record_kind: str
    record_id: str
    actor: str
    organisation: str
    recipients: str
    way: str
    purpose: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed: the window of all rows with `from_txid` <= txid < `to_txid`. `root` and `previous` are hex."""

    service: str
    number: int
    from_txid: int
    to_txid: int
    first_id: int | None
    last_id: int | None
    count: int
    root: str
    previous: str
    at: datetime

    def content(self) -> bytes:
        """The canonical JSON (RFC 8785) that is hashed and signed."""
        return _canonical({**asdict(self), "at": moment(self.at)})

    def digest(self) -> str:
        """What the next checkpoint names as `previous`."""
        return sha256(self.content()).hexdigest()


@dataclass(frozen=True, slots=True)
class SealedCheckpoint:
    """A checkpoint with its signature (base64) and the id of the key that made it."""

    checkpoint: Checkpoint
    key_id: str
    signature: str

    def as_dict(self) -> dict[str, Any]:
        """The JSON object that is published."""
        return {
            **asdict(self.checkpoint),
            "at": moment(self.checkpoint.at),
            "key_id": self.key_id,
            "signature": self.signature,
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "SealedCheckpoint":
        """Read back what was published. Raises ValueError, KeyError or TypeError where it is no checkpoint."""
        names = Checkpoint.__dataclass_fields__
        fields = {name: data[name] for name in names}
        fields["at"] = datetime.fromisoformat(data["at"])
        return SealedCheckpoint(Checkpoint(**fields), str(data["key_id"]), str(data["signature"]))

    def signature_bytes(self) -> bytes:
        """The signature; empty where the text is none."""
        try:
            return b64decode(self.signature, validate=True)
        except ValueError:
            return b""


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> SealedCheckpoint:
    signature = key.sign(signed_message(checkpoint))
    return SealedCheckpoint(checkpoint, key_id(key.public_key()), b64encode(signature).decode())


def signed_message(checkpoint: Checkpoint) -> bytes:
    """The bytes under the signature: marked as a checkpoint, so that the key vouches for nothing else by accident."""
    return _CONTEXT + checkpoint.content()


def moment(at: datetime) -> str:
    """UTC with microseconds, always the same length."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def leaf_of(row: LoggedRow) -> bytes:
    """The leaf hash of a row: over its canonical JSON, all columns."""
    texts = {"recipients": _parsed(row.recipients), "detail": _parsed(row.detail)}
    return leaf_hash(_canonical({**asdict(row), **texts, "at": moment(row.at)}))


def _canonical(value: dict[str, Any]) -> bytes:
    """Canonical JSON. A planted value that has none is taken as printed: it must stop neither sealing nor proof."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError):
        return orjson.dumps(["as printed", *(f"{name}={one}" for name, one in value.items())])


def _parsed(text: str | None) -> Any:
    try:
        return None if text is None else orjson.loads(text)
    except ValueError:
        return f"as printed: {text}"


def root_hex(leaves: Sequence[bytes]) -> str:
    return root_of(leaves).hex()


def pack(ids: Sequence[int], leaves: Sequence[bytes]) -> bytes:
    """Ids and leaf hashes side by side, 40 bytes each."""
    return b"".join(id.to_bytes(_ID_BYTES, "big", signed=True) + leaf for id, leaf in zip(ids, leaves, strict=True))


def unpack(packed: bytes) -> list[tuple[int, bytes]]:
    """Back from `pack`; empty where the bytes are none of it."""
    size = _ID_BYTES + _HASH_BYTES
    if len(packed) % size:
        return []
    return [
        (int.from_bytes(packed[i : i + _ID_BYTES], "big", signed=True), packed[i + _ID_BYTES : i + size])
        for i in range(0, len(packed), size)
    ]
