"""Loopback ports: finding a free one, and asking whether a Kafka broker answers behind it."""

import random
import socket
import struct

LOOPBACK = "127.0.0.1"
# Below Linux' ephemeral range (32768 and up): no outgoing connection can take a port while its server
# restarts.
FIRST_PORT, LAST_PORT = 20_000, 32_000
ATTEMPTS = 200
API_VERSIONS = 18
CORRELATION = 0x6E636C63
MAX_FRAME = 1 << 20


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now. Raises OSError if none is found."""
    for _ in range(ATTEMPTS):
        port = random.randint(FIRST_PORT, LAST_PORT)
        if _bindable(port):
            return port
    raise OSError(f"no free port between {FIRST_PORT} and {LAST_PORT}")


def _bindable(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def listens(host: str, port: int, timeout: float = 0.5) -> bool:
    """Whether something accepts TCP connections there; blocks for at most `timeout` seconds."""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except OSError:
        return False


def speaks_kafka(host: str, port: int, timeout: float = 1.0) -> bool:
    """Whether a Kafka broker answers ApiVersions (which needs no credentials) within `timeout` seconds."""
    client = b"nclcc"
    request = struct.pack(f">hhih{len(client)}s", API_VERSIONS, 0, CORRELATION, len(client), client)
    try:
        with socket.create_connection((host, port), timeout=timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(struct.pack(">i", len(request)) + request)
            size, correlation = struct.unpack(">ii", _exactly(connection, 8))
    except (OSError, EOFError):
        return False
    return bool(4 < size < MAX_FRAME and correlation == CORRELATION)


def _exactly(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        chunk = connection.recv(count - len(received))
        if not chunk:
            raise EOFError
        received += chunk
    return received
