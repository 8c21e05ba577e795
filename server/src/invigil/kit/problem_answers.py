"""Problems as answers: a page for a browser, problem+json for every program (wire.md §1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

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
)

log = structlog.get_logger(__name__)

ProblemPage = Callable[[Problem], Response]
"""Renders a problem as a page. A port: pages are a room, and the kit knows no room."""
Handler = Callable[[Request, Exception], Awaitable[Response]]


def problem_response(problem: Problem) -> JSONResponse:
    """Turn a problem into its document."""
    return JSONResponse(
        problem.body(), problem.status, headers=dict(problem.headers or {}), media_type=MEDIA_TYPE
    )


@dataclass(frozen=True, slots=True)
class ProblemAnswers:
    """Answers whoever asked in the way they can read."""

    page: ProblemPage

    def to(self, scope: Scope, problem: Problem) -> Response:
        """Return the answer to one request."""
        return self.page(problem) if _is_visit(scope) else problem_response(problem)

    @property
    def handlers(self) -> Mapping[type[Exception], Handler]:
        """What the app does with each kind of error that reaches its edge."""
        return {
            HTTPException: self._on_http_exception,
            RequestValidationError: self._on_invalid_request,
            IntegrityError: self._on_conflict,
            OperationalError: self._on_database_failure,
            InterfaceError: self._on_database_failure,
            NoConnectionError: self._on_no_connection,
        }

    # Coroutines though they wait for nothing: the framework sends plain functions to a thread.
    async def _on_http_exception(self, request: Request, error: Exception) -> Response:
        if isinstance(error, Problem):
            return self.to(request.scope, error)
        assert isinstance(error, HTTPException)
        by_status: dict[int, type[Problem]] = {
            404: NotFound,
            405: MethodNotAllowed,
            413: TooLarge,
        }
        other = BadRequest if error.status_code < 500 else Internal
        return self.to(request.scope, by_status.get(error.status_code, other)())

    async def _on_invalid_request(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        # Where and what, never the value: it may be a token or a name.
        fields = [
            {"field": ".".join(map(str, each["loc"])), "message": each["msg"]}
            for each in error.errors()
        ]
        return self.to(request.scope, RequestInvalid(fields=fields))

    async def _on_conflict(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, IntegrityError)
        log.warning("database_conflict", path=request.url.path, kind=type(error.orig).__name__)
        return self.to(request.scope, ChangedMeanwhile(retry_after_s=1))

    async def _on_database_failure(self, request: Request, error: Exception) -> Response:
        """The database is full, locked or away: nothing was changed, and it may be back soon."""
        assert isinstance(error, OperationalError | InterfaceError)
        log.error("database_failed", path=request.url.path, kind=type(error.orig).__name__)
        if "full" in str(error.orig):
            return self.to(request.scope, DiskFull(retry_after_s=30))
        return self.to(request.scope, Busy(retry_after_s=5))

    async def _on_no_connection(self, request: Request, error: Exception) -> Response:
        """Every connection was taken for as long as one waits: nothing was begun."""
        assert isinstance(error, NoConnectionError)
        log.error("no_connection_free", path=request.url.path)
        return self.to(request.scope, Busy(retry_after_s=5))


def _is_visit(scope: Scope) -> bool:
    """Whether a browser goes to a page here; under `/api` nothing is a page."""
    if scope["path"].startswith("/api/"):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")
