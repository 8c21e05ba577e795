"""The only door through which this room reaches other machines.

Addresses come from strangers (a registration names its own configuration, keys and token endpoint),
so each request is guarded: https only, public addresses only, the address that was checked is the
address that is connected to (no second look-up that could answer differently), no redirects, no
cookies, no proxies, no compression, few bytes, little time. Hosts that the operator lists as
trusted may be private and plain http: a test machine, an LMS on the intranet.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Self
from urllib.parse import urlencode

import httpx

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]

MAX_BYTES: Final = 1024 * 1024
CONNECT_S: Final = 5.0
TOTAL_S: Final = 10.0
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class OutboundError(Exception):
    """Base: a machine outside could not or may not be asked."""


class OutboundBlocked(OutboundError):
    """The address is not one we may reach: not https, not public, or not an address at all."""


class OutboundFailed(OutboundError):
    """We asked and got no usable answer: no connection, too slow, too long, not JSON."""


@dataclass(frozen=True)
class Answer:
    """What came back. ``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> object:
        """Parse the body; raises :class:`OutboundFailed` when it is not JSON."""
        try:
            parsed: object = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise OutboundFailed("the answer is not JSON") from error
        return parsed


async def resolve_with_system(host: str, port: int) -> list[str]:
    """Ask the system's resolver for all addresses of a host."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _embedded(address: IpAddress) -> IpAddress:
    """Return the IPv4 address that an IPv6 address leads to, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_public(text: str) -> bool:
    """Say whether an IP address belongs to the public internet, whatever it is wrapped in."""
    try:
        address = _embedded(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return False
    return address.is_global and not address.is_multicast


def is_listed(url: httpx.URL, trusted: Collection[str]) -> bool:
    """Say whether the host is among those that the operator wrote (with or without its port)."""
    port = url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
    return bool({url.host, f"{url.host}:{port}"} & {each.lower() for each in trusted})


@cache
def _authorities() -> ssl.SSLContext:
    """Read the system's certificate authorities once: it takes a tenth of a second."""
    return ssl.create_default_context()


class Outbound:
    """Sends guarded requests. Open it with ``async with``; it owns its connections.

    ``trusted_hosts`` are ``host`` or ``host:port``, as the operator wrote them.
    """

    def __init__(
        self, *, trusted_hosts: frozenset[str] = frozenset(), resolve: Resolve = resolve_with_system
    ) -> None:
        self._trusted = trusted_hosts
        self._resolve = resolve
        # No kept connections: a pool is keyed by address, and two hosts may share one address.
        self._transport = httpx.AsyncHTTPTransport(
            verify=_authorities(), limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._transport.aclose()

    def is_trusted(self, url: httpx.URL) -> bool:
        """Say whether the operator listed this host (with or without its port)."""
        return is_listed(url, self._trusted)

    def check(self, address: str) -> httpx.URL:
        """Return the parsed address; raises :class:`OutboundBlocked` for one we never ask."""
        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, TypeError) as error:
            raise OutboundBlocked("not an address") from error
        if not url.host or url.userinfo or url.scheme not in {"http", "https"}:
            raise OutboundBlocked("not a plain web address")
        if url.scheme != "https" and not self.is_trusted(url):
            raise OutboundBlocked("not https")
        return url.copy_with(fragment=None)

    async def get(self, address: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Fetch an address. Raises :class:`OutboundError`."""
        return await self._send("GET", address, headers or {}, b"")

    async def post_form(self, address: str, fields: Mapping[str, str]) -> Answer:
        """Send a form. Raises :class:`OutboundError`."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return await self._send("POST", address, headers, urlencode(fields).encode())

    async def post_json(self, address: str, document: object, *, bearer: str | None) -> Answer:
        """Send a JSON document. Raises :class:`OutboundError`."""
        headers = {"content-type": "application/json"}
        if bearer:
            headers["authorization"] = f"Bearer {bearer}"
        return await self._send("POST", address, headers, json.dumps(document).encode())

    async def _send(
        self, method: str, address: str, headers: Mapping[str, str], content: bytes
    ) -> Answer:
        url = self.check(address)
        try:
            async with asyncio.timeout(TOTAL_S):
                request = self._request(method, url, headers, content)
                return await self._first_answer(request, await self._permitted(url))
        except TimeoutError as error:
            raise OutboundFailed("no answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise OutboundFailed(type(error).__name__) from error

    async def _permitted(self, url: httpx.URL) -> list[str]:
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        found = await self._resolve(url.host, port)
        if not found:
            raise OutboundFailed("the host has no address")
        if not self.is_trusted(url) and not all(is_public(address) for address in found):
            raise OutboundBlocked("not a public address")
        return found

    @staticmethod
    def _request(
        method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes
    ) -> httpx.Request:
        return httpx.Request(
            method,
            url,
            headers={
                "accept": "application/json",
                "accept-encoding": "identity",
                "user-agent": "Invigil",
                **headers,
                "host": url.netloc.decode("ascii"),
            },
            content=content or None,
            extensions={
                "sni_hostname": url.host,
                "timeout": httpx.Timeout(TOTAL_S, connect=CONNECT_S).as_dict(),
            },
        )

    async def _first_answer(self, request: httpx.Request, addresses: list[str]) -> Answer:
        """Ask the checked addresses in turn until one takes the connection."""
        name = request.url
        for address in addresses:
            request.url = name.copy_with(host=address)
            try:
                return await self._exchange(request)
            except httpx.ConnectError:
                continue
        raise OutboundFailed("no connection")

    async def _exchange(self, request: httpx.Request) -> Answer:
        response = await self._transport.handle_async_request(request)
        try:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise OutboundFailed("the answer is compressed")
            body = bytearray()
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > MAX_BYTES:
                    raise OutboundFailed("the answer is too long")
        finally:
            await response.aclose()
        return Answer(response.status_code, dict(response.headers), bytes(body))
