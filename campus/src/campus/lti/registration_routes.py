"""The two addresses that a tool calls to register itself."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from campus.lti import registration, tools
from campus.lti.registration import Registration
from campus.web import CampusHere, Db

router = APIRouter()


@router.get("/.well-known/openid-configuration")
def openid_configuration(campus: CampusHere) -> dict[str, Any]:
    return registration.configuration(campus.origin)


@router.post("/lti/register")
def register(request: Request, body: Registration, db: Db, campus: CampusHere) -> JSONResponse:
    """Keeps the tool as pending: an instructor here activates it."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else ""
    registration.take_invitation(db, token, now=campus.clock())
    tool = registration.tool_from(body)
    tools.save_tool(db, tool)
    return JSONResponse(registration.confirmation(body, tool))
