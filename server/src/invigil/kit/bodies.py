"""How long bodies may take and how much of the memory, before anybody is asked who sends them.

The framework reads a whole JSON body before a route's policy runs. So what has arrived of all
bodies is counted while their requests last, and whoever sends is known by what needs no database:
a genuine attempt token, or else the address. Devices that sit an exam have room of their own, which
strangers cannot take. Segments go another way (kit/lane.py) and have an admission of their own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from invigil.kit.doors import neighbourhood
from invigil.kit.problems import Busy, Problem, UploadTooSlow
from invigil.kit.rooms import Ports

SLOWEST_BYTES_PER_S = 8 * 1024
PATIENCE_S = 20.0
MEBIBYTE = 1024 * 1024

_UNDECLARED_BYTES = 64 * 1024
_LARGEST_BYTES = 2 * MEBIBYTE
_CRUMB_BYTES = 64
"""What a piece of a body costs besides its bytes: one sent byte by byte is mostly that."""
_FORGOTTEN = frozenset({"/api/reach"})
"""Takes bytes and keeps none."""


def longest_s(length: int) -> float:
    """Return how long a body of `length` bytes may take on the slowest line we serve."""
    return PATIENCE_S + length / SLOWEST_BYTES_PER_S


def closing(problem: Problem) -> Problem:
    """End the connection with the answer: what follows on it is a body that nobody reads."""
    problem.headers = {**(problem.headers or {}), "Connection": "close"}
    return problem


@dataclass
class BodyRoom:
    """Bytes held at the same time: by all callers together, and by each of them."""

    most: int
    most_each: int
    held: int = 0
    _by_caller: dict[str, int] = field(default_factory=dict)

    def take(self, caller: str, count: int) -> bool:
        """Take `count` more bytes in if there is room; say whether there was."""
        mine = self._by_caller.get(caller, 0) + count
        if self.held + count > self.most or mine > self.most_each:
            return False
        self.held += count
        self._by_caller[caller] = mine
        return True

    def give_back(self, caller: str, count: int) -> None:
        """Let go what was taken."""
        self.held -= count
        left = self._by_caller.pop(caller, 0) - count
        if left > 0:
            self._by_caller[caller] = left


@dataclass
class BodyRooms:
    """One process's rooms: for devices with a genuine attempt token, and for everybody else."""

    devices: BodyRoom = field(default_factory=lambda: BodyRoom(32 * MEBIBYTE, 4 * MEBIBYTE))
    others: BodyRoom = field(default_factory=lambda: BodyRoom(16 * MEBIBYTE, 4 * MEBIBYTE))

    def place_of(self, scope: Scope) -> tuple[BodyRoom, str]:
        """Return whose room a request's body takes, and under which name."""
        ports: Ports = scope["app"].state.ports
        kind, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            try:
                said = ports.attempt_tokens.verify(token, ports.clock.now_ms())
            except Problem:
                pass  # a member of staff, or a stranger: that is the route's to find out
            else:
                return self.devices, said.attempt_id
        return self.others, neighbourhood((scope.get("client") or ("unknown",))[0])


class BodyMiddleware:
    """Refuses what arrives too slowly, and what there is no room for."""

    def __init__(self, app: ASGIApp, *, rooms: BodyRooms | None = None) -> None:
        self.app = app
        self.rooms = rooms or BodyRooms()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = _declared(scope) if scope["type"] == "http" else 0
        if not length:
            await self.app(scope, receive, send)
            return
        room, caller = self.rooms.place_of(scope)
        body = _Body(receive, room, caller, is_kept=scope["path"] not in _FORGOTTEN)
        body.until = asyncio.get_running_loop().time() + longest_s(min(length, _LARGEST_BYTES))
        try:
            await self.app(scope, body.receive, send)
        finally:
            room.give_back(caller, body.held)


@dataclass(slots=True)
class _Body:
    """One request's body on its way."""

    _receive: Receive
    _room: BodyRoom
    _caller: str
    is_kept: bool
    until: float = 0.0
    held: int = 0
    _has_more: bool = True

    async def receive(self) -> Message:
        """Stand before the server's `receive`.

        Raises:
            UploadTooSlow: the body's time is over.
            Busy: there is no room for what has just arrived.
        """
        if not self._has_more:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self.until):
                message = await self._receive()
        except TimeoutError as error:
            raise closing(UploadTooSlow()) from error
        self._has_more = message.get("more_body", False)
        if self.is_kept:
            self._keep(len(message.get("body", b"")) + _CRUMB_BYTES)
        return message

    def _keep(self, count: int) -> None:
        if not self._room.take(self._caller, count):
            raise closing(Busy(retry_after_s=5))
        self.held += count


def _declared(scope: Scope) -> int:
    """Return a body's declared length; a guess where it comes in pieces, 0 where there is none."""
    headers = Headers(scope=scope)
    if "transfer-encoding" in headers:
        return _UNDECLARED_BYTES
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() else _UNDECLARED_BYTES
