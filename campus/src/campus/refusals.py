"""How a refusal leaves the house: a page for a person, problem+json or OAuth's shape for a tool."""

import logging
from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from campus import problems
from campus.course_routes import sign_in_path
from campus.web import render, see_other

log = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    handlers: dict[type[Exception], Callable[[Request, Exception], Response]] = {
        problems.Problem: _for_person,
        problems.ServiceProblem: _for_tool,
        problems.OAuthProblem: _for_oauth_client,
        RequestValidationError: _for_unreadable,
        HTTPException: _for_framework,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _for_person(request: Request, error: Exception) -> Response:
    assert isinstance(error, problems.Problem)
    if "application/json" in request.headers.get("accept", ""):
        return _problem_json(error.status, error.code, error.detail)
    if isinstance(error, problems.NotSignedInError) and request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        return see_other(sign_in_path(request.url.path + query))
    return render(
        request,
        "problem.html",
        status=error.status,
        title=error.title,
        detail=error.detail,
        code=error.code,
    )


def _for_tool(request: Request, error: Exception) -> Response:
    assert isinstance(error, problems.ServiceProblem)
    log.info("%s refused: %s", request.url.path, error.code)
    return _problem_json(error.status, error.code, error.detail)


def _problem_json(status: int, code: str, detail: str) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(
        {"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail},
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


def _for_oauth_client(request: Request, error: Exception) -> Response:
    assert isinstance(error, problems.OAuthProblem)
    log.info("%s refused: %s", request.url.path, error.description)
    return JSONResponse(
        {"error": error.error, "error_description": error.description}, status_code=error.status
    )


def _for_unreadable(request: Request, error: Exception) -> Response:
    """The address or the body could not be read; which member and why is told, not its content."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    member = ".".join(str(part) for part in first["loc"][1:]) or "the body"
    told = f"{member}: {first['msg']}"
    if request.url.path == "/lti/register":
        return _for_oauth_client(request, problems.OAuthProblem("invalid_client_metadata", told))
    if request.url.path.startswith("/lti/courses/"):
        return _for_tool(request, problems.ServiceProblem(400, "unreadable", told))
    return _for_person(request, problems.FormRejectedError(told))


def _for_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _for_person(request, problems.NotFoundError())
    return JSONResponse(
        {"detail": error.detail}, status_code=error.status_code, headers=dict(error.headers or {})
    )
