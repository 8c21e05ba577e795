"""The guard at the only door to other machines, with a real server behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import cast

import pytest

from invigil.lti import outbound
from invigil.lti.outbound import Outbound, OutboundBlocked, OutboundFailed, is_public

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _listening(handle: Handle) -> AsyncIterator[int]:
    """Listen on a free port; at the end wait until every connection is closed."""
    handlers: list[asyncio.Task[None]] = []

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.append(cast("asyncio.Task[None]", asyncio.current_task()))
        with suppress(ConnectionError):  # the other side may hang up first
            async with aclosing(_Closing(writer)):
                await handle(reader, writer)

    server = await asyncio.start_server(closing, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*handlers)


class _Closing:
    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def aclose(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


@asynccontextmanager
async def _server(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answer every connection with the same bytes; collect what was asked."""
    asked: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()

    async with _listening(handle) as port:
        yield port, asked


def _answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    head = [f"HTTP/1.1 {status}", "connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _resolves_to(*addresses: str) -> outbound.Resolve:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return resolve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "not-an-address",
    ],
)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://lms.example/jwks",
        "ftp://lms.example/",
        "file:///etc/passwd",
        "https://user:secret@lms.example/",
        "https:///jwks",
        "lms.example",
        "",
        "https://[::1",
    ],
)
async def test_only_plain_https_addresses_are_asked(address: str) -> None:
    async with Outbound(resolve=_resolves_to("8.8.8.8")) as door:
        with pytest.raises(OutboundBlocked):
            await door.get(address)


async def test_a_name_that_leads_inside_is_blocked_even_if_one_address_is_public() -> None:
    async with Outbound(resolve=_resolves_to("8.8.8.8", "127.0.0.1")) as door:
        with pytest.raises(OutboundBlocked):
            await door.get("https://lms.example/")


async def test_a_trusted_host_may_be_private_and_plain_and_sees_its_own_name() -> None:
    async with _server(_answer(b'{"keys": []}')) as (port, asked):
        name = f"lms.test:{port}"
        async with Outbound(
            trusted_hosts=frozenset({name}), resolve=_resolves_to("127.0.0.1")
        ) as door:
            answer = await door.get(f"http://{name}/jwks?x=1#fragment")

    assert answer.json() == {"keys": []}
    assert asked[0].startswith(b"GET /jwks?x=1 HTTP/1.1\r\n")
    assert f"host: {name}".encode() in asked[0].lower()


async def test_trusting_one_port_does_not_trust_another() -> None:
    async with Outbound(trusted_hosts=frozenset({"127.0.0.1:8401"})) as door:
        with pytest.raises(OutboundBlocked):
            await door.get("http://127.0.0.1:8402/")


async def _ask(answer: bytes) -> outbound.Answer:
    async with (
        _server(answer) as (port, _),
        Outbound(trusted_hosts=frozenset({"127.0.0.1"})) as door,
    ):
        return await door.get(f"http://127.0.0.1:{port}/")


async def test_a_redirect_is_not_followed() -> None:
    moved = _answer(b"", "location: http://127.0.0.1:1/", status="302 Found")

    assert (await _ask(moved)).status == 302


async def test_an_answer_that_is_too_long_is_not_read_to_its_end() -> None:
    with pytest.raises(OutboundFailed, match="too long"):
        await _ask(_answer(b"x" * (outbound.MAX_BYTES + 1)))


async def test_a_compressed_answer_is_refused() -> None:
    with pytest.raises(OutboundFailed, match="compressed"):
        await _ask(_answer(b"\x1f\x8b", "content-encoding: gzip"))


async def test_an_answer_that_is_not_json_is_refused() -> None:
    with pytest.raises(OutboundFailed, match="JSON"):
        (await _ask(_answer(b"<html>"))).json()


async def test_nobody_listening_is_a_failure_with_a_name() -> None:
    async with _server(b"") as (port, _):
        pass
    async with Outbound(trusted_hosts=frozenset({"127.0.0.1"})) as door:
        with pytest.raises(OutboundFailed):
            await door.get(f"http://127.0.0.1:{port}/")


async def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TOTAL_S", 0.05)

    async def stay_silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with (
        _listening(stay_silent) as port,
        Outbound(trusted_hosts=frozenset({"127.0.0.1"})) as door,
    ):
        with pytest.raises(OutboundFailed, match=r"in time|Timeout"):
            await door.get(f"http://127.0.0.1:{port}/")
