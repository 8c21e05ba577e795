"""Is the server ready, and what does it speak: `/healthz` and `/openapi.json`."""

from __future__ import annotations

from typing import Any, Literal

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from invigil.kit.policy import Anyone
from invigil.kit.problems import Busy, answers
from invigil.kit.rooms import PortsOf, Room

log = structlog.get_logger(__name__)
router = APIRouter(tags=["server"])


class Health(BaseModel):
    """The answer of a server that is ready."""

    status: Literal["ok"] = "ok"


@router.get("/healthz", responses=answers(Busy))
async def health(_: Anyone, ports: PortsOf) -> Health:
    """Answer 200 when the server is ready: its database answers and none of its tasks has ended."""
    if ports.vital.ended:
        log.error("vital_tasks_ended", tasks=ports.vital.ended)
        raise Busy("A part of the server has stopped. It has to be started again.", retry_after_s=5)
    try:
        async with ports.database.transaction(writes=False) as session:
            await session.execute(text("SELECT 1"))
    except (OSError, SQLAlchemyError) as error:
        raise Busy("The database does not answer.", retry_after_s=5) from error
    return Health()


@router.get("/openapi.json", include_in_schema=False)
async def openapi_document(_: Anyone, request: Request) -> dict[str, Any]:
    """Return the description of this API, from which clients are generated."""
    document: dict[str, Any] = request.app.openapi()
    return document


def room() -> Room:
    """Return the room for the app."""
    return Room("health", (router,))
