"""Routes that answer people: a refusal is a page, and a form must be our own or a platform's."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, Final

import structlog
from fastapi import Depends, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from invigil.kit.policy import policy
from invigil.lti import showing
from invigil.lti.desk import desk_of
from invigil.lti.refusals import Refusal, Refused

log = structlog.get_logger(__name__)

MAX_FORM_BYTES: Final = 128 * 1024
Fields = Mapping[str, str]


class PageRoute(APIRoute):
    """Turns :class:`Refused` into its page; the log gets the rule that was broken."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handler = super().get_route_handler()

        async def answering(request: Request) -> Response:
            try:
                return await handler(request)
            except Refused as problem:
                log.info("lti_refused", code=problem.refusal.words.code, detail=problem.detail)
                return await showing.refused(desk_of(request), request, problem)

        return answering


async def _fields(request: Request) -> dict[str, str]:
    """Return the texts of a form (or a query); refuses what is too long or said twice."""
    if request.method == "GET":
        pairs = request.query_params.multi_items()
    else:
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MAX_FORM_BYTES:
            raise Refused(Refusal.TOKEN_TOO_LARGE, "form")
        pairs = [
            (name, value)
            for name, value in (await request.form()).multi_items()
            if isinstance(value, str)
        ]
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Refused(Refusal.LOGIN_INCOMPLETE, "a parameter is given twice")
    return fields


@policy("a platform that is registered, proved by its signature")
async def _platform_fields(request: Request) -> Fields:
    return await _fields(request)


PlatformFields = Annotated[Fields, Depends(_platform_fields)]


@policy("a page of ours, with its one-time form token")
async def _own_fields(request: Request) -> Fields:
    """Browsers say where a form comes from; a page elsewhere cannot say it was ours."""
    if request.headers.get("origin") != desk_of(request).public_url:
        raise Refused(Refusal.FORM_FROM_ELSEWHERE, "origin")
    return await _fields(request)


OwnFields = Annotated[Fields, Depends(_own_fields)]
