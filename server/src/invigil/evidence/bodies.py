"""How a segment's body comes in: declared first, bounded, hashed while it arrives.

Nothing is joined: the chunks go to the store as they came from the network.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from invigil.kit.packs.ports import Chunk
from invigil.kit.problems import TooLarge

_SMALL_CHUNK_BYTES = 4 * 1024
_SHA256_MEMBER = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientGoneError(Exception):
    """The connection ended before the declared body was there: nothing is kept, nobody listens."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the headers promise: length in bytes and SHA-256 of the body."""

    length: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """What arrived, in order and not joined."""

    chunks: list[Chunk]
    length: int
    sha256: bytes


def parse_content_digest(field: str) -> bytes | None:
    """Return the SHA-256 of a `Content-Digest` field (RFC 9530), or None when it names none.

    Other algorithms may stand beside it; as in every structured field, the last member counts.
    """
    digest = None
    for member in field.split(","):
        found = _SHA256_MEMBER.fullmatch(member.strip(" \t"))
        if found:
            digest = base64.b64decode(found[1])
    return digest


def find_headers(
    headers: Iterable[tuple[bytes, bytes]], names: tuple[bytes, ...]
) -> dict[bytes, bytes]:
    """Return the asked-for headers that are there; of a repeated one the last."""
    return {name: value for name, value in headers if name in names}


async def receive_body(receive: Receive, length: int) -> Body:
    """Take a body of `length` declared bytes and hash it on the way.

    What arrives may be shorter or longer (then it is cut off): compare :attr:`Body.length`.

    Raises:
        ClientGoneError: the client left before the end.
    """
    chunks: list[Chunk] = []
    digest = hashlib.sha256()
    received = 0
    more = True
    while more and received <= length:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        received += len(chunk)
        digest.update(chunk)
        _append(chunks, chunk)
    return Body(chunks, received, digest.digest())


async def read_at_most(request: Request, most: int) -> AsyncIterator[bytes]:
    """Yield a body's chunks as long as it has at most `most` bytes.

    Raises:
        TooLarge: it says or shows that it has more.
    """
    received = int(request.headers.get("content-length", "0"))
    if received > most:
        raise TooLarge
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > most:
            raise TooLarge
        yield chunk


async def let_go(receive: Receive) -> None:
    """Drop what has arrived of a body that is not wanted.

    uvicorn keeps an unread body until the connection's next request begins; with thousands of
    refused clients that wait before they come back, it is the largest thing in memory. Asking for
    it once drops it, and what still comes after the answer is dropped as it arrives.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(0):
            await receive()


def _append(chunks: list[Chunk], chunk: bytes) -> None:
    """Gather crumbs: a body sent byte by byte must not cost forty times its size in memory."""
    if len(chunk) >= _SMALL_CHUNK_BYTES:
        chunks.append(chunk)
    elif chunk:
        last = chunks[-1] if chunks else None
        if isinstance(last, bytearray) and len(last) < _SMALL_CHUNK_BYTES:
            last += chunk
        else:
            chunks.append(bytearray(chunk))
