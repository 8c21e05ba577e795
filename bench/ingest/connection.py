"""A keep-alive HTTP/1.1 connection for the load generator: one PUT at a time, little CPU."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools


class Broken(Exception):
    """The connection ended before the answer was there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and, for 429 and 503, the seconds to wait."""

    status: int
    retry_after_s: float


class Connection(asyncio.Protocol):
    """Sends a request whole and waits for its answer."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._retry_after_s = 0.0
        self.is_open = False

    async def request(self, head: bytes, body: bytes) -> Answer:
        """Send `head` and `body`; return the answer, or raise Broken."""
        if not self.is_open or self._transport is None:
            raise Broken
        self._waiting = asyncio.get_running_loop().create_future()
        self._retry_after_s = 0.0
        self._transport.writelines((head, body))
        return await self._waiting

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, _: Exception | None) -> None:
        self.is_open = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Broken())

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by httptools."""
        if name.lower() == b"retry-after":
            self._retry_after_s = float(value)

    def on_message_complete(self) -> None:
        """Called by httptools."""
        answer = Answer(self._parser.get_status_code(), self._retry_after_s)
        is_last = not self._parser.should_keep_alive()
        self._parser = httptools.HttpResponseParser(self)
        if is_last:
            self.is_open = False
            self.close()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)


async def connect(url: str) -> Connection:
    """Open a connection to the host of `url`."""
    parts = urlsplit(url)
    _, connection = await asyncio.get_running_loop().create_connection(
        Connection, parts.hostname or "127.0.0.1", parts.port or 80
    )
    return connection
