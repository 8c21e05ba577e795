"""`GET /api/attempts/{attempt}/segments/{stream}/{index}`: sealed bytes for a reviewer.

A segment never changes, so whoever has it need not ask again; a part of it can be asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from invigil.evidence.custody import Custody, custody_in
from invigil.evidence.gate import REFUSAL_AGE_S
from invigil.evidence.segment_path import bearer, segment_key
from invigil.kit.packs.errors import SegmentMissing, StoreError
from invigil.kit.packs.ports import StoredSegment
from invigil.kit.policy import guarded
from invigil.kit.problem_answers import problem_response
from invigil.kit.problems import Busy, NotFound, Problem, RangeNotSatisfiable, RecordingDeleted

_RANGE = re.compile(r"bytes=([0-9]{0,19})-([0-9]{0,19})")
_IMMUTABLE = "private, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes `start` to `stop` (exclusive) of a segment."""

    start: int
    stop: int


def parse_range(field: str | None, length: int) -> Part | None:
    """Return the part that a `Range` field asks for; None for the whole.

    Several ranges, or another unit, get the whole: RFC 9110 §14.2 allows it.

    Raises:
        RangeNotSatisfiable: it begins behind the end.
    """
    found = _RANGE.fullmatch(field or "")
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        part = Part(max(0, length - int(last)), length)
    else:
        part = Part(int(first), min(int(last) + 1, length) if last else length)
        if last and int(last) < int(first):
            return None
    if part.start >= length or part.start >= part.stop:
        raise RangeNotSatisfiable(length=length)
    return part


class GetSegment:
    """The endpoint, an ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await _answer(Request(scope))
        except Problem as problem:
            response = problem_response(problem)
        await response(scope, receive, send)


get_segment = guarded(GetSegment(), "reviewers of the attempt")


async def _answer(request: Request) -> Response:
    custody = custody_in(request.scope)
    key = segment_key(request.path_params)
    await custody.looks.admit(bearer(request.headers.get("authorization", "")), key.attempt)
    try:
        stored = await custody.store.locate(key)
        if stored is None:
            raise await _absence(custody, key.attempt)
        headers = _headers(stored)
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        part = parse_range(request.headers.get("range"), stored.length)
        if part is None:
            return _file(await custody.store.read(key), 200, headers)
        body = await custody.store.read(key, part.start, part.stop)
        shown = f"bytes {part.start}-{part.stop - 1}/{stored.length}"
        return _file(body, 206, headers | {"Content-Range": shown})
    except SegmentMissing as error:
        raise await _absence(custody, key.attempt) from error
    except StoreError as error:
        raise Busy(retry_after_s=5) from error


async def _absence(custody: Custody, attempt: str) -> Problem:
    """Say why a segment is not there."""
    gate = await custody.gates.of(attempt, at_most_s=REFUSAL_AGE_S)
    return RecordingDeleted() if gate is not None and gate.is_deleted else NotFound()


def _headers(stored: StoredSegment) -> dict[str, str]:
    return {
        "ETag": f'"{stored.sha256.hex()}"',
        "Cache-Control": _IMMUTABLE,
        "Accept-Ranges": "bytes",
    }


def _file(body: bytes, status: int, headers: dict[str, str]) -> Response:
    return Response(body, status, headers=headers, media_type="application/octet-stream")
