"""The API's description: one schema for all problems, and none of FastAPI's own error form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from invigil.kit.problems import Problem, RequestInvalid, all_problems, answers

DESCRIPTION = (
    "Stores what it cannot read. Every error is `application/problem+json`; its `code` is from one "
    "list. Times are Unix milliseconds. Bytes in JSON are standard base64 with padding."
)
_FOREIGN_SCHEMAS = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> None:
    """Make `app.openapi()` return the finished document (made once)."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _document(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(title=app.title, version="1", description=DESCRIPTION, routes=app.routes)
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for name in _FOREIGN_SCHEMAS:
        schemas.pop(name, None)
    schemas["Problem"] = problem_schema()
    for operation in _operations(found):
        responses = operation["responses"]
        if "HTTPValidationError" in str(responses.get("422", "")):
            responses["422"] = answers(RequestInvalid)[422]
    return found


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def problem_schema() -> dict[str, Any]:
    """Return the JSON schema of a problem document; `code` is a closed list."""
    codes = sorted({kind.code for kind in all_problems(Problem)})
    return {
        "type": "object",
        "title": "Problem",
        "description": "What happened, what it means and what to do (RFC 9457).",
        "required": ["type", "code", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "code": {"type": "string", "enum": codes},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
        "additionalProperties": True,
    }
