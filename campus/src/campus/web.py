"""What every page needs: its campus, a transaction, who asks, a checked form, a template."""

import hmac
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import jinja2
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from campus import problems
from campus.course import COURSE
from campus.people import SignIn, find_sign_in
from campus.settings import Settings
from campus.storage import Store
from campus.tool_keys import ToolKeys

COOKIE = "campus_sign_in"


@dataclass(frozen=True)
class Campus:
    """Everything a request may lean on; made once by `create_app`. `clock` gives epoch seconds."""

    settings: Settings
    store: Store
    clock: Callable[[], float]
    tool_keys: ToolKeys
    pages: jinja2.Environment

    @property
    def origin(self) -> str:
        return self.settings.origin


def campus_of(request: Request) -> Campus:
    campus = request.app.state.campus
    assert isinstance(campus, Campus)
    return campus


def _transaction(request: Request) -> Iterator[sqlite3.Connection]:
    with campus_of(request).store.transaction() as db:
        yield db


CampusHere = Annotated[Campus, Depends(campus_of)]
# Scope "function": committed before the answer leaves, so that the page it leads to sees it.
Db = Annotated[sqlite3.Connection, Depends(_transaction, scope="function")]


def sign_in_of(request: Request, db: sqlite3.Connection) -> SignIn | None:
    token = request.cookies.get(COOKIE, "")
    return find_sign_in(db, token) if token else None


def _require_sign_in(request: Request, db: Db) -> SignIn:
    signed_in = sign_in_of(request, db)
    if signed_in is None:
        raise problems.NotSignedInError
    request.state.sign_in = signed_in
    return signed_in


SignedIn = Annotated[SignIn, Depends(_require_sign_in)]


def _require_staff(signed_in: SignedIn) -> SignIn:
    if not signed_in.person.is_staff:
        raise problems.NotAllowedError
    return signed_in


def _require_instructor(signed_in: SignedIn) -> SignIn:
    if not signed_in.person.is_instructor:
        raise problems.NotAllowedError
    return signed_in


Staff = Annotated[SignIn, Depends(_require_staff)]
Instructor = Annotated[SignIn, Depends(_require_instructor)]


async def fields_of(request: Request) -> dict[str, str]:
    """The posted fields as text; a repeated field or a file is refused: it has no meaning here."""
    async with request.form(max_files=0, max_fields=200) as form:
        pairs = form.multi_items()
    fields = {name: value for name, value in pairs if isinstance(value, str)}
    if len(fields) != len(pairs):
        raise problems.FormRejectedError("A field was sent twice or is not text.")
    return fields


Fields = Annotated[dict[str, str], Depends(fields_of)]


def _checked_form(fields: Fields, signed_in: SignedIn) -> dict[str, str]:
    if not hmac.compare_digest(fields.get("csrf", "").encode(), signed_in.csrf.encode()):
        raise problems.StaleFormError
    return fields


# A form that proved it comes from one of our own pages, filled in by the person who is signed in.
Form = Annotated[dict[str, str], Depends(_checked_form)]


def render(
    request: Request,
    template: str,
    /,
    *,
    status: int = 200,
    frames: Iterable[str] = (),
    posts_elsewhere: bool = False,
    **values: Any,
) -> HTMLResponse:
    """`frames`: origins the page may embed. `posts_elsewhere`: its form goes to a tool."""
    campus = campus_of(request)
    signed_in: SignIn | None = getattr(request.state, "sign_in", None)
    html = campus.pages.get_template(template).render(
        course=COURSE,
        sign_in=signed_in,
        offers_storage=campus.settings.offers_platform_storage,
        **values,
    )
    policy = _content_policy(frames, posts_elsewhere=posts_elsewhere)
    return HTMLResponse(html, status, headers={"Content-Security-Policy": policy})


def _content_policy(frames: Iterable[str], *, posts_elsewhere: bool) -> str:
    directives = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        " ".join(["frame-src 'self'", *sorted(frames)]),
        "frame-ancestors 'self'",
        "base-uri 'none'",
    ]
    if not posts_elsewhere:
        # Chromium holds form-action against every redirect after a post, and a tool may
        # redirect where it likes.
        directives.append("form-action 'self'")
    return "; ".join(directives)


def see_other(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303)


@cache
def page_templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("campus"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def required(form: Mapping[str, str], name: str, label: str) -> str:
    """The trimmed field; FormRejectedError names it by its label when it is empty."""
    value = form.get(name, "").strip()
    if not value:
        raise problems.FormRejectedError(f"{label} is empty.")
    return value
