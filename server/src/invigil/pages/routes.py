"""The public pages: the front door, how to get the extension, and the files that pages load."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse
from sqlalchemy import select

from invigil.accounts.models import Institution
from invigil.kit.db import Session
from invigil.kit.policy import Anyone
from invigil.kit.problems import NotFound
from invigil.kit.rooms import PortsOf, Room
from invigil.pages.render import ROOM, Page, render

router = APIRouter(include_in_schema=False)

STATIC: Final = {
    path.name: path
    for path in sorted((ROOM / "static").iterdir())
    if path.suffix in {".css", ".js"}
}


@router.get("/")
async def index(_: Anyone, session: Session) -> HTMLResponse:
    """Say what this address is, and that exams are opened from the course."""
    institution = await _only_institution(session)
    name, contact = (institution.name, institution.contact) if institution else ("", "")
    return render(Page("index.html", institution=name, contact=contact))


@router.get("/get-the-extension")
async def get_the_extension(_: Anyone, session: Session, ports: PortsOf) -> HTMLResponse:
    """Say how the extension comes into the browser."""
    institution = await _only_institution(session)
    name, contact = (institution.name, institution.contact) if institution else ("", "")
    values: dict[str, object] = {"install_url": ports.origins.extension_page}
    return render(Page("get.html", values, institution=name, contact=contact))


@router.get("/static/{name}")
async def static_file(_: Anyone, name: str) -> FileResponse:
    """Return a style sheet or script of our pages."""
    if name not in STATIC:
        raise NotFound
    return FileResponse(STATIC[name], headers={"Cache-Control": "public, max-age=300"})


async def _only_institution(session: Session) -> Institution | None:
    """Return the institution when there is one alone: then its name may stand on the door."""
    found = (await session.scalars(select(Institution).limit(2))).all()
    return found[0] if len(found) == 1 else None


def room() -> Room:
    """Return the room for the app."""
    return Room("pages", (router,))
