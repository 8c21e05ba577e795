"""What a problem is (RFC 9457), and how routes declare theirs. The vocabulary: kit/problems.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from fastapi import HTTPException

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "https://invigil.dev/problems/"
SCHEMA_REF = "#/components/schemas/Problem"


class Problem(HTTPException):
    """Base of the vocabulary. `extra` members stand beside `detail` in the answer."""

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    sentence: ClassVar[str]

    def __init__(
        self, detail: str | None = None, *, retry_after_s: int | None = None, **extra: object
    ) -> None:
        headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        super().__init__(self.status, detail or self.sentence, headers)
        self.extra = extra

    def body(self) -> dict[str, object]:
        """Return the members of the problem document."""
        return document(self.code, self.status, self.title, detail=str(self.detail)) | self.extra


def document(code: str, status: int, title: str, *, detail: str) -> dict[str, object]:
    """Return a problem document (RFC 9457)."""
    kind = TYPE_PREFIX + code
    return {"type": kind, "code": code, "title": title, "status": status, "detail": detail}


def all_problems(base: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Yield every problem there is, sorted by code within its parent."""
    for kind in sorted(base.__subclasses__(), key=lambda each: each.code):
        yield kind
        yield from all_problems(kind)


def answers(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that may answer with these problems."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        answer = by_status.setdefault(kind.status, {"description": "", "content": _content()})
        titles = [answer["description"], f"`{kind.code}`: {kind.title}."]
        answer["description"] = " ".join(filter(None, titles))
        answer["content"][MEDIA_TYPE]["examples"][kind.code] = {
            "value": document(kind.code, kind.status, kind.title, detail=kind.sentence)
        }
    return by_status


def _content() -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": {"$ref": SCHEMA_REF}, "examples": {}}}
