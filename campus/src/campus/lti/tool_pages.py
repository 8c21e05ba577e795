"""Where the instructor connects, activates and removes tools, and changes signing keys."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from campus import problems
from campus.lti import registration, signing, tools
from campus.lti.tools import Tool
from campus.settings import origin_of
from campus.web import Campus, CampusHere, Db, Form, Instructor, render, required, see_other

router = APIRouter(prefix="/tools")


@router.get("")
def overview(request: Request, db: Db, campus: CampusHere, _: Instructor) -> HTMLResponse:
    return render(
        request,
        "tools/list.html",
        tools=tools.all_tools(db),
        platform=platform_side(campus.origin),
        keys=signing.key_states(db),
        tool_origin=campus.settings.tool_origin,
    )


def platform_side(issuer: str) -> dict[str, str]:
    """What a tool's administrator is asked for, beside client id and deployment id."""
    return {
        "issuer": issuer,
        "auth_url": f"{issuer}/lti/auth",
        "token_url": f"{issuer}/lti/token",
        "jwks_url": f"{issuer}/lti/jwks.json",
    }


@router.get("/add")
def add_page(request: Request, campus: CampusHere, _: Instructor) -> HTMLResponse:
    return render(request, "tools/add.html", at=campus.settings.tool_origin)


@router.post("/add")
def add(form: Form, db: Db, _: Instructor) -> RedirectResponse:
    tool = _tool_from(form)
    try:
        tools.save_tool(db, tool)
    except ValueError as error:
        raise problems.FormRejectedError(
            f"One of the addresses cannot be used: {error}."
        ) from error
    return see_other(f"/tools/{tool.client_id}")


def _tool_from(form: Mapping[str, str]) -> Tool:
    services = {service for service in ("roster", "grades") if service in form}
    return Tool(
        client_id=tools.new_client_id(),
        deployment_id="1",
        name=required(form, "name", "The name")[:200],
        state="active",
        login_url=required(form, "login_url", "The login URL"),
        launch_url=required(form, "launch_url", "The launch URL"),
        deep_link_url=form.get("deep_link_url", "").strip(),
        jwks_url=required(form, "jwks_url", "The key set URL"),
        redirect_uris=tuple(required(form, "redirect_uris", "The list of redirect URLs").split()),
        scopes=tools.scopes_for(services),
        custom={},
    )


@router.post("/register")
def start_registration(
    request: Request, form: Form, db: Db, campus: CampusHere, _: Instructor
) -> HTMLResponse:
    """The page from which the tool registers itself, in a frame or a new window."""
    url = required(form, "registration_url", "The registration address")
    try:
        origin = origin_of(url)
    except ValueError as error:
        raise problems.FormRejectedError(
            "The registration address must start with http:// or https://."
        ) from error
    return render(
        request,
        "tools/register.html",
        address=_registration_address(url, db, campus),
        tool_origin=origin,
        in_frame=form.get("display") == "iframe",
        frames=[origin],
    )


def _registration_address(url: str, db: Db, campus: Campus) -> str:
    invitation = urlencode(
        {
            "openid_configuration": f"{campus.origin}/.well-known/openid-configuration",
            "registration_token": registration.invite(db, now=campus.clock()),
        }
    )
    separator = "&" if urlsplit(url).query else "?"
    return f"{url.partition('#')[0]}{separator}{invitation}"


@router.post("/rotate-keys")
def rotate_keys(_: Instructor, __: Form, db: Db, campus: CampusHere) -> RedirectResponse:
    signing.rotate(db, now=campus.clock())
    return see_other("/tools")


@router.get("/{client_id}")
def one_tool(
    request: Request, client_id: str, db: Db, campus: CampusHere, _: Instructor
) -> HTMLResponse:
    tool = _known(db, client_id)
    platform: dict[str, Any] = platform_side(campus.origin)
    return render(request, "tools/one.html", tool=tool, platform=platform)


@router.post("/{client_id}")
def change(client_id: str, form: Form, db: Db, _: Instructor) -> RedirectResponse:
    tool = _known(db, client_id)
    if "remove" in form:
        tools.remove(db, tool.client_id)
        return see_other("/tools")
    if "activate" in form:
        tools.activate(db, tool)
    return see_other(f"/tools/{tool.client_id}")


def _known(db: Db, client_id: str) -> Tool:
    tool = tools.find_tool(db, client_id)
    if tool is None:
        raise problems.NotFoundError
    return tool
