"""Turning a template into an answer under a strict content policy.

Pages run only scripts of our own origin that carry this answer's nonce, have no inline script or
style, post forms only where the page says, and are framed only by whom the page names.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from invigil.pages.words import say

ROOM: Final = Path(__file__).parent


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = say
    return environment


_TEMPLATES: Final = _environment()


@dataclass(frozen=True)
class Surroundings:
    """What a page has to do with other origins; by default nothing.

    `framed_by`: origins that may show it in a frame. `posts_to`: origins that its forms go to,
    beside our own. `asks`: origins that its script fetches from. `keeps_opener`: it sends a message
    to the window that opened it.
    """

    framed_by: frozenset[str] = frozenset()
    posts_to: frozenset[str] = frozenset()
    asks: tuple[str, ...] = ()
    keeps_opener: bool = False


ALONE: Final = Surroundings()


def _policy(surroundings: Surroundings, nonce: str) -> str:
    directives = {
        "default-src": ["'none'"],
        "script-src": [f"'nonce-{nonce}'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": [*surroundings.asks] or ["'none'"],
        "form-action": ["'self'", *sorted(surroundings.posts_to)],
        "frame-ancestors": sorted(surroundings.framed_by) or ["'none'"],
        "base-uri": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items())


@dataclass(frozen=True)
class Page:
    """A template and what it shows. `institution` and `contact` head and foot every page."""

    template: str
    values: dict[str, object] = field(default_factory=dict)
    institution: str = ""
    contact: str = ""
    status: int = 200


def render(page: Page, surroundings: Surroundings = ALONE) -> HTMLResponse:
    """Return the page as an answer. It is never cached: it may hold a one-time link."""
    nonce = secrets.token_urlsafe(18)
    body = _TEMPLATES.get_template(page.template).render(
        nonce=nonce, institution=page.institution, contact=page.contact, **page.values
    )
    opener = "unsafe-none" if surroundings.keeps_opener else "same-origin"
    headers = {
        "Content-Security-Policy": _policy(surroundings, nonce),
        "Cross-Origin-Opener-Policy": opener,
        # Our own forms must say where they come from; nobody else learns the address.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(body, page.status, headers=headers)
