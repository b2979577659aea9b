"""The key that signs checkpoints: Ed25519 (RFC 8032), kept outside the database that it vouches for."""

from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)


def new_key_pem() -> bytes:
    """A fresh private key (PKCS #8, not encrypted): its holder can forge the log's proof, so keep it accordingly."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def private_key(pem: bytes | str) -> Ed25519PrivateKey:
    """The private key of a PEM text. Raises ValueError for anything else."""
    key = load_pem_private_key(pem.encode() if isinstance(pem, str) else pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("the audit key is no Ed25519 private key")
    return key


def private_key_file(path: Path) -> Ed25519PrivateKey:
    """The private key in a PEM file. Raises OSError or ValueError."""
    return private_key(path.read_bytes())


def public_key(pem: bytes | str) -> Ed25519PublicKey:
    """The public key of a PEM text. Raises ValueError for anything else."""
    key = load_pem_public_key(pem.encode() if isinstance(pem, str) else pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("the audit key is no Ed25519 public key")
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    """What an auditor is given."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: Ed25519PublicKey) -> str:
    """Which key signed: the first 16 hexadecimal digits of the SHA-256 of its raw bytes."""
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def is_signed_by(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
