"""Segments both ways, and what else a candidate's device calls: key file, log, reach."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Route

from invigil.attempts.policy import find_candidate
from invigil.evidence import service
from invigil.evidence.bodies import read_at_most
from invigil.evidence.custody import CustodyOf, custody_in
from invigil.evidence.downloads import get_segment
from invigil.evidence.logbook import LogRequest
from invigil.evidence.policy import AnyDevice, BringingDevice, RecordingDevice, verified_token
from invigil.evidence.schemas import LogAppend, LogCosigned, LogState, Reached, WrapStored
from invigil.evidence.segment_path import PATH, bearer
from invigil.evidence.uploads import put_segment
from invigil.kit.problems import (
    AttemptClosed,
    AttemptElsewhere,
    CheckpointRefused,
    KeyFileRefused,
    LeafRefused,
    LogBehind,
    LogForked,
    Quota,
    SegmentDiffers,
    SegmentMissing,
    TooLarge,
    UploadRefused,
    WrapDiffers,
    answers,
)
from invigil.kit.rooms import Now, PortsOf

MAX_WRAP_BYTES = 64 * 1024
MAX_REACH_BYTES = 1024 * 1024
MAX_LOG_BYTES = 2 * 1024 * 1024
"""As many leaves as one request may hold (`MAX_LEAVES`), of the size that recordings have."""

# What takes bytes has its own limit and its own answer; the framework's would speak before it.
_OWN_LIMIT = sys.maxsize

lane = (
    Route(PATH, put_segment, methods=["PUT"], name="put_segment"),
    Route(PATH, get_segment, methods=["GET"], name="get_segment"),
)
segments = APIRouter(tags=["evidence"], max_body_size=_OWN_LIMIT)
segments.routes.extend(lane)


class TokenFirstRoute(APIRoute):
    """Looks at the attempt token before the framework reads the body, which may be long."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            token = bearer(request.headers.get("authorization", ""))
            verified_token(custody_in(request.scope), token, request.path_params["attempt_id"])
            return await handler(request)

        return handle


router = APIRouter(tags=["evidence"])
logs = APIRouter(tags=["evidence"], route_class=TokenFirstRoute, max_body_size=MAX_LOG_BYTES)


@router.put(
    "/api/attempts/{attempt_id}/wrap",
    max_body_size=_OWN_LIMIT,
    responses=answers(
        AttemptClosed, AttemptElsewhere, KeyFileRefused, TooLarge, UploadRefused, WrapDiffers
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def put_wrap(device: BringingDevice, request: Request, ports: PortsOf) -> WrapStored:
    """Store `attempt.age` (sealed.md §7). The same bytes again change nothing."""
    body = b"".join([chunk async for chunk in read_at_most(request, MAX_WRAP_BYTES)])
    now_ms = ports.clock.now_ms()
    async with ports.database.transaction() as session:
        candidate = await find_candidate(session, device)
        return WrapStored(new=await service.store_wrap(session, candidate.attempt, body, now_ms))


@logs.post(
    "/api/attempts/{attempt_id}/log",
    responses=answers(
        AttemptClosed,
        CheckpointRefused,
        LeafRefused,
        LogBehind,
        LogForked,
        Quota,
        SegmentDiffers,
        SegmentMissing,
        UploadRefused,
    ),
)
async def append_log(device: RecordingDevice, append: LogAppend, custody: CustodyOf) -> LogCosigned:
    """Append leaves and have the checkpoint cosigned (sealed.md §8), or change nothing."""
    request = LogRequest(append.start, tuple(append.leaves), append.checkpoint, device.generation)
    log = await service.append_log(custody, device.gate, request)
    assert log.receipt is not None
    return LogCosigned(size=log.size, receipt=log.receipt)


@router.get("/api/attempts/{attempt_id}/log")
async def get_log(device: RecordingDevice, custody: CustodyOf) -> LogState:
    """Tell a device that was away how far its log is stored."""
    log = await custody.logbook.current(device.gate.attempt_id)
    return LogState(size=log.size, checkpoint=log.receipt, closed=log.is_closed)


@router.post(
    "/api/reach",
    max_body_size=_OWN_LIMIT,
    responses=answers(TooLarge),
    openapi_extra={
        "requestBody": {
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def reach(_: AnyDevice, request: Request, now: Now) -> Reached:
    """Take up to 1 MiB and forget it: how a device measures its line before the exam."""
    received = 0
    async for chunk in read_at_most(request, MAX_REACH_BYTES):
        received += len(chunk)
    return Reached(bytes=received, server_time=now)
