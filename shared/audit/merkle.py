"""A Merkle tree as in RFC 6962, section 2.1: no leaf can pass for an inner node."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

EMPTY: Final = sha256(b"").digest()
"""The root over nothing."""


def leaf_hash(content: bytes) -> bytes:
    return sha256(b"\x00" + content).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, in their order.

    Joining neighbours level by level and carrying an odd one up gives the same tree as the RFC's split at the largest
    power of two, without recursion.
    """
    if not leaves:
        return EMPTY
    level = list(leaves)
    while len(level) > 1:
        joined = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = joined + level[len(level) - len(level) % 2 :]
    return level[0]


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
