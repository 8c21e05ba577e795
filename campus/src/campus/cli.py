"""`python -m campus`: reads the options, connects the tools from their files, serves."""

import logging
import socket
from pathlib import Path
from typing import Annotated

import httpx
import typer
import uvicorn

from campus.app import create_app, new_campus
from campus.connect import UnusableToolFileError, connect_tool
from campus.settings import Settings
from campus.web import Campus

TOOL_TIMEOUT_S = 5.0
log = logging.getLogger(__name__)


def serve(
    *,
    data: Annotated[Path, typer.Option(help="Directory for the database; made when missing.")],
    port: Annotated[int, typer.Option(envvar="CAMPUS_PORT", help="Port to listen on.")] = 8401,
    host: Annotated[str, typer.Option(help="Interface to listen on.")] = "127.0.0.1",
    origin: Annotated[
        str, typer.Option(help="Public origin and LTI issuer; default from the port.")
    ] = "",
    tool: Annotated[list[Path] | None, typer.Option(help="JSON file of a tool to connect.")] = None,
    tool_origin: Annotated[str, typer.Option(help="Origin for paths in the tool file.")] = "",
    students: Annotated[int, typer.Option(min=0, max=9999, help="Extra students for benches.")] = 0,
    platform_storage: Annotated[bool, typer.Option(help="Offer LTI platform storage.")] = False,
) -> None:
    """Serve a small LMS for demonstrations. There are no passwords: never on a public address."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    settings = Settings(
        data_dir=data,
        origin=(origin or f"http://127.0.0.1:{port}").rstrip("/"),
        tool_origin=tool_origin.rstrip("/"),
        extra_students=students,
        offers_platform_storage=platform_storage,
    )
    with httpx.Client(timeout=TOOL_TIMEOUT_S, follow_redirects=False) as to_tools:
        campus = new_campus(settings, to_tools=to_tools)
        for path in tool or []:
            _connect(campus, path)
        # Without uvicorn's own access log: it would write query strings.
        config = uvicorn.Config(create_app(campus), access_log=False, log_level="info")
        with _listen(host, port) as listener:
            log.info("Campus is at %s; Ctrl+C ends it", settings.origin)
            uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        typer.echo(
            f"Campus cannot listen on {host}:{port}: {error.strerror}."
            " Stop the program that uses the port, or choose another with --port or CAMPUS_PORT.",
            err=True,
        )
        raise typer.Exit(2) from error


def _connect(campus: Campus, path: Path) -> None:
    settings = campus.settings
    try:
        connection = connect_tool(
            campus.store, path, tool_origin=settings.tool_origin, issuer=settings.origin
        )
    except UnusableToolFileError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    log.info("connected tool %s", connection["client_id"])


def main() -> None:
    typer.run(serve)
