"""The edge of the app: security headers, one log line a request, CORS, problems as answers."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from invigil.kit.problems import (
    MEDIA_TYPE,
    BadRequest,
    Busy,
    ChangedMeanwhile,
    DiskFull,
    Internal,
    MethodNotAllowed,
    NotFound,
    Problem,
    RequestInvalid,
    TooLarge,
    TooManyRequests,
)

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 2 * 1024 * 1024
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

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
            await problem_response(Internal())(scope, receive, send)


class TooLargeMiddleware:
    """Turns the framework's plain-text answer to a body over its limit into a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
                await problem_response(TooLarge())(scope, receive, send)

        await self.app(scope, receive, send_problem)


class DoorMiddleware:
    """Asks strangers who knock too often to come again; see kit/doors.py for who and how often."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            ports = scope["app"].state.ports
            # The client's own, where a proxy that we trust says so (INVIGIL_PROXIES).
            address = (scope.get("client") or ("unknown",))[0]
            wait_s = ports.doors.wait_s(scope["path"], address, ports.clock.now_ms())
            if wait_s is not None:
                refusal = problem_response(TooManyRequests(retry_after_s=wait_s))
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


def problem_response(problem: Problem) -> JSONResponse:
    """Turn a problem into its answer."""
    return JSONResponse(
        problem.body(), problem.status, headers=dict(problem.headers or {}), media_type=MEDIA_TYPE
    )


async def _on_http_exception(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, Problem):
        return problem_response(error)
    assert isinstance(error, HTTPException)
    by_status: dict[int, type[Problem]] = {
        404: NotFound,
        405: MethodNotAllowed,
        413: TooLarge,
    }
    kind = by_status.get(error.status_code, BadRequest if error.status_code < 500 else Internal)
    return problem_response(kind())


async def _on_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Where and what, never the value: it may be a token or a name.
    fields = [
        {"field": ".".join(map(str, each["loc"])), "message": each["msg"]}
        for each in error.errors()
    ]
    return problem_response(RequestInvalid(fields=fields))


async def _on_conflict(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, IntegrityError)
    log.warning("database_conflict", path=request.url.path, kind=type(error.orig).__name__)
    return problem_response(ChangedMeanwhile(retry_after_s=1))


async def _on_database_failure(request: Request, error: Exception) -> JSONResponse:
    """The database is full, locked or away: nothing was changed, and it may be back soon."""
    assert isinstance(error, OperationalError | InterfaceError)
    log.error("database_failed", path=request.url.path, kind=type(error.orig).__name__)
    if "full" in str(error.orig):
        return problem_response(DiskFull(retry_after_s=30))
    return problem_response(Busy(retry_after_s=5))


def add_edge(app: FastAPI, *, extension_ids: Sequence[str], is_https: bool) -> None:
    """Put the edge around an app. The last one added is the outermost."""
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(IntegrityError, _on_conflict)
    app.add_exception_handler(OperationalError, _on_database_failure)
    app.add_exception_handler(InterfaceError, _on_database_failure)
    app.add_middleware(FailureMiddleware)
    app.add_middleware(TooLargeMiddleware)
    app.add_middleware(DoorMiddleware)
    app.add_middleware(ApiCors, extension_ids=extension_ids)
    app.add_middleware(EdgeMiddleware, is_https=is_https)
