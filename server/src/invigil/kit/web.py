"""The edge of the app: security headers, one log line a request, CORS, problems as answers."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from invigil.kit.bodies import BodyMiddleware
from invigil.kit.problem_answers import ProblemAnswers
from invigil.kit.problems import Internal, TooLarge, TooManyRequests

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 64 * 1024
"""For every route; a router that takes more says so with `max_body_size`."""

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), microphone=(), display-capture=(), geolocation=()",
}
DEFAULT_HEADERS = {
    # A page sets its own policy; whatever does not may load nothing and be framed by nobody.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS = "max-age=31536000"
EXPOSED_HEADERS = ("Retry-After", "Content-Range")
"""What the extensions' pages may read of an answer, besides what every page may."""


def edge_headers(*, is_https: bool) -> dict[str, str]:
    """Return all that stands on an answer which sets nothing of its own."""
    hsts = {"Strict-Transport-Security": HSTS} if is_https else {}
    return SECURITY_HEADERS | DEFAULT_HEADERS | hsts


class EdgeMiddleware:
    """Outermost: headers on every answer, one line in the log, no traceback to the outside."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self.app = app
        self.headers = dict(SECURITY_HEADERS)
        if is_https:
            self.headers["Strict-Transport-Security"] = HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started_ns = time.perf_counter_ns()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                for name, value in DEFAULT_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            # The path alone: a query string may hold what does not belong in a log.
            elapsed_ms = (time.perf_counter_ns() - started_ns) / 1e6
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                duration_ms=round(elapsed_ms, 1),
            )


class FailureMiddleware:
    """Innermost: an unforeseen failure becomes a problem; the log gets the trace."""

    def __init__(self, app: ASGIApp, *, answers: ProblemAnswers) -> None:
        self.app = app
        self.answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def send_noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except HTTPException:
            raise
        except Exception:
            log.exception("request_failed", method=scope["method"], path=scope["path"])
            if has_begun:
                raise
            await self.answers.to(scope, Internal())(scope, receive, send)


class TooLargeMiddleware:
    """Turns the framework's plain-text answer to a body over its limit into a problem."""

    def __init__(self, app: ASGIApp, *, answers: ProblemAnswers) -> None:
        self.app = app
        self.answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_replaced = False

        async def send_problem(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and message["status"] == 413:
                kind = MutableHeaders(scope=message).get("content-type", "")
                is_replaced = kind.startswith("text/plain")
            if not is_replaced:
                await send(message)
            elif message["type"] == "http.response.start":
                await self.answers.to(scope, TooLarge())(scope, receive, send)

        await self.app(scope, receive, send_problem)


class DoorMiddleware:
    """Asks strangers who knock too often to come again; see kit/doors.py for who and how often."""

    def __init__(self, app: ASGIApp, *, answers: ProblemAnswers) -> None:
        self.app = app
        self.answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            ports = scope["app"].state.ports
            # The client's own, where a proxy that we trust says so (INVIGIL_PROXIES).
            address = (scope.get("client") or ("unknown",))[0]
            wait_s = ports.doors.wait_s(scope["path"], address, ports.clock.now_ms())
            if wait_s is not None:
                refusal = self.answers.to(scope, TooManyRequests(retry_after_s=wait_s))
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)


class ApiCors:
    """CORS for `/api` alone, and for the configured extensions alone (wire.md §2)."""

    def __init__(self, app: ASGIApp, *, extension_ids: Sequence[str]) -> None:
        self.app = app
        self.cors = CORSMiddleware(
            app,
            allow_origins=[f"chrome-extension://{each}" for each in extension_ids],
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Content-Digest", "Range"],
            expose_headers=EXPOSED_HEADERS,
            max_age=7200,
            allow_private_network=True,  # an institution's server may be on its own network
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["type"] == "http" and scope["path"].startswith("/api/")
        await (self.cors if is_api else self.app)(scope, receive, send)


def add_edge(
    app: FastAPI, answers: ProblemAnswers, *, extension_ids: Sequence[str], is_https: bool
) -> None:
    """Put the edge around an app. The last one added is the outermost."""
    for kind, handler in answers.handlers.items():
        app.add_exception_handler(kind, handler)
    app.add_middleware(FailureMiddleware, answers=answers)
    app.add_middleware(TooLargeMiddleware, answers=answers)
    app.add_middleware(BodyMiddleware)
    app.add_middleware(DoorMiddleware, answers=answers)
    app.add_middleware(ApiCors, extension_ids=extension_ids)
    app.add_middleware(EdgeMiddleware, is_https=is_https)
