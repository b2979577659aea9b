"""Where a webhook may go: https to public addresses, checked on the very address that is connected to."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore
import httpx

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class DestinationRefused(Exception):
    """The URL or the address behind it is not one that the centre may be made to call."""


@dataclass(frozen=True, slots=True)
class DestinationRules:
    """Public addresses are always allowed; others only as named here, never private networks as a whole."""

    allow_loopback_http: bool = False
    """For trying it out and for tests: loopback addresses, and plain http to them."""
    allowed_networks: tuple[IPNetwork, ...] = ()
    """Private networks that a deployment's partners really live in."""

    def check_url(self, url: str) -> None:
        """Raises DestinationRefused for another scheme, credentials in the URL, plain http past loopback."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise DestinationRefused from error
        if not host or parts.username is not None or parts.fragment:
            raise DestinationRefused
        plain_loopback = parts.scheme == "http" and self.allow_loopback_http and _is_loopback_host(host)
        if parts.scheme != "https" and not plain_loopback:
            raise DestinationRefused

    def allows(self, address: IPAddress) -> bool:
        """Whether it may be connected to. An IPv4 address wrapped in IPv6 is judged as what it is."""
        address = _unwrapped(address)
        if address.is_loopback:
            return self.allow_loopback_http
        if any(address in network for network in self.allowed_networks):
            return True
        return address.is_global and not address.is_multicast


def _is_loopback_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unwrapped(address: IPAddress) -> IPAddress:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once, checks every address, and connects to a checked one.

    A check before the connection that resolves again would be passed by a name that changes its answer in
    between (DNS rebinding). Certificates are still checked against the name, which httpcore keeps.
    """

    def __init__(self, rules: DestinationRules) -> None:
        self._rules, self._sockets = rules, httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        refused: Exception = httpcore.ConnectError("name has no address")
        for address in await self._checked_addresses(host, port):
            try:
                return await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refused = error
        raise refused

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _checked_addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError("name not resolved") from error
        addresses = [str(entry[4][0]) for entry in found]
        # One inner address among public ones refuses the name: nobody has an honest reason for that mixture.
        if not all(self._rules.allows(ipaddress.ip_address(address.split("%")[0])) for address in addresses):
            raise DestinationRefused
        return addresses


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over the guarded backend. There is no way to hand it one from outside."""

    def __init__(self, rules: DestinationRules, keep_alive: int, verify: str | bool = True) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(verify=verify, trust_env=False),
            max_connections=None,
            max_keepalive_connections=keep_alive,
            keepalive_expiry=60.0,
            network_backend=GuardedBackend(rules),
        )
