"""Opening a tool: login initiation, the authorization endpoint, and coming back."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from campus import problems
from campus.lti import deep_linking, grades, launches, signing
from campus.lti.launches import Launch
from campus.lti.links import get_link
from campus.lti.tools import Tool, find_tool
from campus.people import SignIn
from campus.web import Campus, CampusHere, Db, Fields, SignedIn, render, sign_in_of

router = APIRouter()


@router.get("/lti/launch/{link_id}")
def launch_link(
    *, request: Request, link_id: str, db: Db, signed_in: SignedIn, campus: CampusHere
) -> HTMLResponse:
    link = get_link(db, link_id)
    launch = Launch(link.client_id, link, link.quiz_id, link.display)
    return login_initiation(request, launch, db=db, signed_in=signed_in, campus=campus)


def login_initiation(
    request: Request, launch: Launch, *, db: Db, signed_in: SignIn, campus: Campus
) -> HTMLResponse:
    """The page that sends the browser on to the tool's login URL."""
    tool = find_tool(db, launch.client_id)
    if tool is None or not tool.is_active:
        raise problems.LaunchRefusedError(
            "This tool is not active in Campus. Tell your instructor."
        )
    hint = launches.begin(db, launch, signed_in, now=campus.clock())
    fields = launches.login_fields(
        launch, tool, issuer=campus.origin, person=signed_in.person, hint=hint
    )
    if campus.settings.offers_platform_storage:
        fields["lti_storage_target"] = "_parent"
    return _post_on(request, tool.login_url, fields, heading=f"Opening {tool.name}")


def _post_on(
    request: Request, action: str, fields: Mapping[str, str], *, heading: str
) -> HTMLResponse:
    return render(
        request,
        "lti/post.html",
        action=action,
        fields=fields,
        heading=heading,
        posts_elsewhere=True,
    )


@router.get("/lti/auth")
def authorize_get(request: Request, db: Db, campus: CampusHere) -> Response:
    pairs = request.query_params.multi_items()
    asked = dict(pairs)
    if len(asked) != len(pairs):
        raise problems.LaunchRefusedError("The tool sent a parameter twice.")
    return _authorize(request, asked, db=db, campus=campus)


@router.post("/lti/auth")
def authorize_post(request: Request, fields: Fields, db: Db, campus: CampusHere) -> Response:
    return _authorize(request, fields, db=db, campus=campus)


def _authorize(request: Request, asked: Mapping[str, str], *, db: Db, campus: Campus) -> Response:
    tool = _asking_tool(db, asked)
    redirect_uri = asked["redirect_uri"]
    signed_in = sign_in_of(request, db)
    if signed_in is None and "reposted" not in asked:
        # A SameSite cookie does not come with a post from the tool's page, but with one from ours.
        fields = {**asked, "reposted": "1"}
        return _post_on(request, "/lti/auth", fields, heading=f"Opening {tool.name}")
    answer = _answer(asked, tool, signed_in, db=db, campus=campus)
    if "state" in asked:
        answer["state"] = asked["state"]
    return _post_on(request, redirect_uri, answer, heading=f"Opening {tool.name}")


def _asking_tool(db: Db, asked: Mapping[str, str]) -> Tool:
    """Until client and redirect address are known to belong together, nothing is sent anywhere."""
    tool = find_tool(db, asked.get("client_id", ""))
    if tool is None or not tool.is_active:
        raise problems.LaunchRefusedError("The tool is not known here, or not active yet.")
    if asked.get("redirect_uri", "") not in tool.redirect_uris:
        raise problems.LaunchRefusedError("The tool named an address that is not registered here.")
    return tool


def _answer(
    asked: Mapping[str, str], tool: Tool, signed_in: SignIn | None, *, db: Db, campus: Campus
) -> dict[str, str]:
    """The fields posted to the redirect address: an id_token, or error and error_description."""
    if refusal := _wrong_parameter(asked):
        return _error("invalid_request", refusal)
    if signed_in is None:
        return _error("login_required", "Nobody is signed in to Campus in this browser.")
    if asked.get("login_hint") != signed_in.person.id:
        return _error(
            "login_required", "The person who is signed in is not the one the launch began with."
        )
    now = campus.clock()
    launch = launches.take(
        db,
        asked.get("lti_message_hint", ""),
        signed_in=signed_in,
        client_id=tool.client_id,
        now=now,
    )
    if launch is None:
        return _error(
            "invalid_request",
            "This launch is unknown, used or out of date. Open it from the course.",
        )
    claims = launches.common_claims(
        launch, tool, signed_in.person, issuer=campus.origin, nonce=asked["nonce"], now=now
    )
    claims |= _message_claims(launch, tool, db=db, campus=campus)
    return {"id_token": signing.sign(db, claims)}


def _message_claims(launch: Launch, tool: Tool, *, db: Db, campus: Campus) -> dict[str, Any]:
    if launch.link is None:
        return deep_linking.request_claims(
            db, launch, tool, issuer=campus.origin, now=campus.clock()
        )
    line_item = grades.line_item_of(db, launch.link)
    url = grades.url_of(line_item, campus.origin) if line_item else None
    return launches.resource_link_claims(launch.link) | launches.service_claims(
        tool, issuer=campus.origin, line_item_url=url
    )


def _wrong_parameter(asked: Mapping[str, str]) -> str | None:
    """What the LTI security framework prescribes for the authentication request (5.1.1.2)."""
    expected = {"response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
    for name, value in expected.items():
        if asked.get(name) != value:
            return f"{name} must be {value}."
    if "openid" not in asked.get("scope", "").split():
        return "scope must contain openid."
    if not 0 < len(asked.get("nonce", "")) <= 255:
        return "nonce is missing or too long."
    return None


def _error(error: str, description: str) -> dict[str, str]:
    return {"error": error, "error_description": description}


@router.get("/lti/return")
def come_back(
    request: Request,
    _: SignedIn,
    lti_msg: Annotated[str, Query(max_length=1000)] = "",
    lti_errormsg: Annotated[str, Query(max_length=1000)] = "",
) -> HTMLResponse:
    """Where a tool sends people who are finished with it (`launch_presentation.return_url`)."""
    return render(request, "lti/return.html", message=lti_msg, error=lti_errormsg)


@router.get("/lti/jwks.json")
def key_set(db: Db, campus: CampusHere) -> dict[str, Any]:
    return signing.public_keys(db, now=campus.clock())
