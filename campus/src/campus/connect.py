"""Connecting a tool from a file, without a click; `python -m campus.connect` in a shell."""

import json
import sqlite3
import time
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urljoin

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from campus.app import prepare
from campus.course import COURSE
from campus.lti.links import Link, save_link
from campus.lti.tool_pages import platform_side
from campus.lti.tools import Tool, save_tool, scopes_for
from campus.settings import Settings
from campus.storage import Store


class LinkFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")
    title: str
    url: str
    description: str = ""
    custom: dict[str, str] = {}
    quiz_id: int | None = None
    display: Literal["window", "iframe"] = "window"


class ToolFile(BaseModel):
    """Addresses may be paths; they are resolved against the tool's origin."""

    model_config = ConfigDict(extra="forbid")

    client_id: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")
    deployment_id: str = Field(default="1", min_length=1, max_length=255)
    name: str
    login_url: str
    launch_url: str
    deep_link_url: str = ""
    jwks_url: str
    redirect_uris: list[str]
    services: set[Literal["roster", "grades"]] = {"roster", "grades"}
    custom: dict[str, str] = {}
    links: list[LinkFile] = []


class UnusableToolFileError(Exception):
    """The message says which file and what is wrong with it."""


def connect_tool(store: Store, path: Path, *, tool_origin: str, issuer: str) -> dict[str, str]:
    """Adds or changes the tool and its links; returns what the tool's side must know."""
    try:
        wanted = ToolFile.model_validate(json.loads(path.read_text("utf-8")))
        tool = _tool_from(wanted, tool_origin)
        with store.transaction() as db:
            save_tool(db, tool)
            for link in wanted.links:
                save_link(db, _link_from(link, tool, tool_origin))
    except OSError as error:
        raise UnusableToolFileError(f"{path} cannot be read: {error.strerror}") from error
    except (ValidationError, ValueError, sqlite3.IntegrityError) as error:
        raise UnusableToolFileError(f"{path} cannot be used: {error}") from error
    ids = {"client_id": tool.client_id, "deployment_id": tool.deployment_id}
    return ids | platform_side(issuer)


def _tool_from(wanted: ToolFile, tool_origin: str) -> Tool:
    return Tool(
        client_id=wanted.client_id,
        deployment_id=wanted.deployment_id,
        name=wanted.name,
        state="active",
        login_url=urljoin(tool_origin, wanted.login_url),
        launch_url=urljoin(tool_origin, wanted.launch_url),
        deep_link_url=urljoin(tool_origin, wanted.deep_link_url) if wanted.deep_link_url else "",
        jwks_url=urljoin(tool_origin, wanted.jwks_url),
        redirect_uris=tuple(urljoin(tool_origin, uri) for uri in wanted.redirect_uris),
        scopes=scopes_for(set(wanted.services)),
        custom=wanted.custom,
    )


def _link_from(wanted: LinkFile, tool: Tool, tool_origin: str) -> Link:
    url = urljoin(tool_origin, wanted.url)
    if not tool.owns(url):
        raise ValueError(f"the link {wanted.id} leads to an address that is not the tool's")
    return Link(
        id=wanted.id,
        course_id=COURSE.id,
        client_id=tool.client_id,
        title=wanted.title,
        description=wanted.description,
        url=url,
        custom=wanted.custom,
        quiz_id=wanted.quiz_id,
        display=wanted.display,
    )


def main(
    data: Annotated[Path, typer.Option(help="Directory of campus's database.")],
    tool: Annotated[Path, typer.Option(help="The tool's JSON file; see campus/README.md.")],
    tool_origin: Annotated[str, typer.Option(help="Origin for paths in the file.")] = "",
    origin: Annotated[str, typer.Option(help="Campus's own origin.")] = "http://127.0.0.1:8401",
) -> None:
    """Connect a tool and print campus's side of the connection as JSON."""
    store = prepare(Settings(data, origin), now=time.time())
    try:
        connection = connect_tool(store, tool, tool_origin=tool_origin, issuer=origin)
    except UnusableToolFileError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(json.dumps(connection, indent=2))


if __name__ == "__main__":
    typer.run(main)
