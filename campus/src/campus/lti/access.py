"""Service tokens: how a tool gets one (private_key_jwt) and what one lets it do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from campus.course import COURSE
from campus.lti import tool_tokens
from campus.lti.tools import Tool, find_tool, known_scopes
from campus.problems import BadTokenError, OAuthProblem, ServiceProblem
from campus.storage import hash_of, new_secret
from campus.web import Campus, CampusHere, Db, Fields

router = APIRouter()

ACCESS_LIFE_S = 3600
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@router.post("/lti/token")
def issue(fields: Fields, campus: CampusHere) -> JSONResponse:
    if fields.get("grant_type") != "client_credentials":
        raise OAuthProblem("unsupported_grant_type", "grant_type must be client_credentials.")
    if fields.get("client_assertion_type") != ASSERTION_TYPE:
        raise OAuthProblem(
            "invalid_client", f"client_assertion_type must be {ASSERTION_TYPE}.", 401
        )
    try:
        tool = _prove_tool(fields.get("client_assertion", ""), campus)
    except BadTokenError as error:
        raise OAuthProblem("invalid_client", f"The assertion was refused: {error}.", 401) from error
    granted = [scope for scope in known_scopes(fields.get("scope", "")) if scope in tool.scopes]
    if not granted:
        raise OAuthProblem("invalid_scope", "None of the scopes is granted to this tool.")
    token = _keep_new_token(tool, granted, campus)
    return JSONResponse(
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": ACCESS_LIFE_S,
            "scope": " ".join(granted),
        }
    )


def _prove_tool(assertion: str, campus: Campus) -> Tool:
    with campus.store.transaction() as db:
        tool = find_tool(db, tool_tokens.claimed_issuer(assertion))
    if tool is None:
        raise BadTokenError("iss is not a client id known here")
    audiences = [f"{campus.origin}/lti/token", campus.origin]
    # Outside the transaction: it may have to fetch the tool's keys.
    claims = tool_tokens.verify(
        assertion, tool=tool, tool_keys=campus.tool_keys, audiences=audiences, now=campus.clock()
    )
    if claims.get("sub") != tool.client_id:
        raise BadTokenError("sub is not the tool's client id")
    with campus.store.transaction() as db:
        tool_tokens.use_once(db, tool=tool, identifier=claims.get("jti"), claims=claims)
    return tool


def _keep_new_token(tool: Tool, granted: list[str], campus: Campus) -> str:
    token = new_secret()
    with campus.store.transaction() as db:
        tool_tokens.forget_expired(db, campus.clock())
        db.execute(
            "INSERT INTO access_tokens VALUES (?, ?, ?, ?)",
            (hash_of(token), tool.client_id, " ".join(granted), campus.clock() + ACCESS_LIFE_S),
        )
    return token


@dataclass(frozen=True)
class Access:
    """What the bearer of a service token may do, for which tool."""

    tool: Tool
    scopes: frozenset[str]


def _access(request: Request, db: Db, campus: CampusHere) -> Access:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    row = db.execute(
        "SELECT client_id, scopes FROM access_tokens WHERE token_hash = ? AND expires_at > ?",
        (hash_of(token.strip()), campus.clock()),
    ).fetchone()
    tool = find_tool(db, row["client_id"]) if row and scheme.lower() == "bearer" else None
    if tool is None or not tool.is_active:
        raise ServiceProblem(401, "token-refused", "Ask the token endpoint for a new access token.")
    return Access(tool, frozenset(row["scopes"].split()))


def allowed_by(*scopes: str) -> Callable[..., Access]:
    """A dependency: a service token with at least one of the scopes, for a course that exists."""

    def check(course_id: str, access: Annotated[Access, Depends(_access)]) -> Access:
        if access.scopes.isdisjoint(scopes):
            raise ServiceProblem(403, "scope-missing", f"This call needs the scope {scopes[0]}.")
        if course_id != COURSE.id:
            raise ServiceProblem(404, "not-found", "There is no such course.")
        return access

    return check
