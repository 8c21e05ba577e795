"""A short way around the middleware for the few plain routes that an exam's bulk goes through.

Each layer between uvicorn and an endpoint wraps `receive` and `send` and costs a few microseconds
for every piece of a body; together more than storing a segment. What the edge does for every other
answer (web.py) is done here from values made once: security headers, CORS for the extensions, no
traceback to the outside, a line in the log (here for failures only: an exam has hundreds of
uploads a second). The routes stay registered with the app, so the policy walk sees them, and
whatever the lane does not take goes the long way to the same endpoint.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from invigil.kit.problem_answers import problem_response
from invigil.kit.problems import Internal
from invigil.kit.web import EXPOSED_HEADERS, edge_headers

log = structlog.get_logger(__name__)
Header = tuple[bytes, bytes]
BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class EdgeAnswer:
    """What the edge adds to an answer; `origins` are the extensions' that may read it."""

    headers: tuple[Header, ...]
    origins: frozenset[bytes]

    def headers_for(self, scope: Scope) -> tuple[Header, ...]:
        """Return the headers for the answer to one request."""
        for name, value in scope["headers"]:
            if name == b"origin":
                return (*self.headers, *self._cors(value))
        return self.headers

    def _cors(self, origin: bytes) -> tuple[Header, ...]:
        expose = b"access-control-expose-headers", ", ".join(EXPOSED_HEADERS).encode()
        if origin not in self.origins:
            return (expose,)
        return (expose, (b"access-control-allow-origin", origin))


class BusyLines:
    """Logs refusals for want of room: one line a second at the most, with how many they were.

    Under overload a line for each takes as long as a segment, and makes the overload worse.
    """

    _EVERY_S = 1.0

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told_at = -self._EVERY_S
        self._refused = 0

    def note(self, status: int) -> None:
        """A request was refused with this status."""
        self._refused += 1
        now = self._monotonic()
        if now - self._told_at >= self._EVERY_S:
            log.info("requests_refused", status=status, count=self._refused)
            self._told_at, self._refused = now, 0


class Lane:
    """Takes requests for its routes; answers whether it did."""

    def __init__(self, routes: Sequence[Route], edge: EdgeAnswer) -> None:
        self._edge = edge
        self._busy = BusyLines()
        self._by_method: dict[str, list[tuple[re.Pattern[str], ASGIApp]]] = {}
        for route in routes:
            for method in route.methods or ():
                self._by_method.setdefault(method, []).append((route.path_regex, route.app))

    async def take(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer a request if it is for one of the routes; say whether it was."""
        for pattern, endpoint in self._by_method.get(scope.get("method", ""), ()):
            found = pattern.match(scope["path"])
            if found is not None:
                scope["path_params"] = found.groupdict()
                await self._answer(endpoint, scope, receive, send)
                return True
        return False

    async def _answer(self, endpoint: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(each for each in self._edge.headers_for(scope) if each[0] not in present),
                ]
            await send(message)

        try:
            await endpoint(scope, receive, send_with_headers)
        except Exception:
            log.exception("request_failed", method=scope["method"], path=scope["path"])
            if status:
                raise
            await problem_response(Internal())(scope, receive, send_with_headers)
        if status in BUSY:
            self._busy.note(status)
        elif status >= 400:
            log.info("request", method=scope["method"], path=scope["path"], status=status)


class LanedApp(FastAPI):
    """A FastAPI app whose :attr:`lane` is asked first."""

    lane: Lane | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.lane is not None:
            scope["app"] = self
            if await self.lane.take(scope, receive, send):
                return
        await super().__call__(scope, receive, send)


def open_lane(
    app: LanedApp, routes: Sequence[Route], *, extension_ids: Sequence[str], is_https: bool
) -> None:
    """Let these routes of the app be reached the short way."""
    origins = frozenset(f"chrome-extension://{each}".encode() for each in extension_ids)
    headers = edge_headers(is_https=is_https).items()
    encoded = tuple((name.lower().encode(), value.encode()) for name, value in headers)
    app.lane = Lane(routes, EdgeAnswer((*encoded, (b"vary", b"Origin")), origins))
