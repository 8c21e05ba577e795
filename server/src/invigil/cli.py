"""The command line: `invigil serve`, `init`, `invite` and their kind."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, TypeVar

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from invigil.accounts import queries, service
from invigil.accounts.links import enrolment_links
from invigil.accounts.roles import Grant, Role
from invigil.accounts.service import LmsIdentity, NameRefusedError
from invigil.app import build_ports, create_app
from invigil.attempts.retention import Due
from invigil.audit.service import Deed, record
from invigil.evidence import room as evidence
from invigil.evidence.retention import Deleted, all_due, delete_due
from invigil.exams import access_codes
from invigil.exams import cli as exams
from invigil.exams.access_codes import AccessCodes
from invigil.keys import cli as keys
from invigil.kit.clock import iso_utc
from invigil.kit.console import CommandRefusedError, ports_of
from invigil.kit.datadir import DataDir, StartRefusedError
from invigil.kit.logs import set_up_logs
from invigil.kit.migrate import is_current, upgrade
from invigil.kit.packs.store import PackStoreSettings
from invigil.kit.rooms import Ports
from invigil.lti import cli as lti
from invigil.settings import Settings

T = TypeVar("T")
KEEP_ALIVE_S = 75
"""Uploads come every 5 s; a shorter time closes connections between them."""
GRACE_S = 10
LISTED_AT_MOST = 10_000

commands = typer.Typer(
    name="invigil",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, tokens among them
    help="Invigil: supervises online exams without reading what it stores.\n\n"
    "Begin with `invigil init`, then `invigil serve`. Settings come from the environment: "
    "`invigil settings` lists them.",
)
# A room with commands of its own is one line here.
commands.add_typer(exams.commands, name="exams")
commands.add_typer(keys.commands, name="keys")
commands.add_typer(lti.commands, name="lti")

out, err = Console(soft_wrap=True, highlight=False), Console(stderr=True, highlight=False)


def main() -> None:
    """Run a command; what a person can put right is a sentence, not a traceback."""
    try:
        commands()
    except ValidationError as error:
        for each in error.errors():
            name = "_".join(["INVIGIL", *map(str, each["loc"])]).upper()
            err.print(f"[bold red]{name}[/]: {escape(each['msg'])}")
        sys.exit(2)
    except (StartRefusedError, CommandRefusedError, NameRefusedError) as error:
        err.print(f"[bold red]Cannot go on.[/] {escape(str(error))}")
        sys.exit(1)


@commands.callback()
def _root(context: typer.Context) -> None:
    context.obj = with_ports


def with_ports(work: Callable[[Ports], Awaitable[T]], *, is_first: bool = False) -> T:
    """Open the ports, bring or check the tables, run the work."""
    settings = Settings()

    async def run() -> T:
        ports = build_ports(settings, may_create_secrets=is_first or settings.is_embedded)
        try:
            await _bring_tables(settings, ports)
            return await work(ports)
        finally:
            await ports.database.close()

    return asyncio.run(run())


async def _bring_tables(settings: Settings, ports: Ports) -> None:
    """An embedded database follows the program; a shared one is migrated when its operator says."""
    if settings.is_embedded:
        await upgrade(ports.database, ports.table_secret)
    elif not await is_current(ports.database):
        raise StartRefusedError(
            "The database is not of this version. Back it up, then run `invigil migrate`."
        )


@commands.command()
def serve() -> None:
    """Run the server until Ctrl-C."""
    settings = Settings()
    listener = _listen(settings.host, settings.port)
    data_dir = DataDir(settings.data_dir, may_create_secrets=settings.is_embedded)
    data_dir.prepare()
    with data_dir.lock():
        with_ports(_check_secret)
        set_up_logs()
        config = uvicorn.Config(
            create_app(settings),
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            access_log=False,  # EdgeMiddleware writes the line, without query strings
            log_config=None,
            server_header=False,
            # Only for the limits on strangers (kit/doors.py): the origin is a setting.
            proxy_headers=True,
            forwarded_allow_ips=settings.proxies,
        )
        # What is loaded now stays: the garbage collector need not look at it again and again.
        gc.freeze()
        err.print(f"Invigil serves [bold]{escape(settings.origin)}[/] from {settings.data_dir}")
        # uvicorn raises the signal again once it has shut down cleanly.
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


async def _check_secret(ports: Ports) -> None:
    async with ports.database.transaction(writes=False) as session:
        await access_codes.check_secret(session, AccessCodes(ports.table_secret))


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else starts.

    Raises:
        StartRefusedError: another program has it, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise StartRefusedError(
                f"Port {port} is taken by another program. "
                "Stop it, or choose another port: INVIGIL_PORT=8500 invigil serve"
            ) from error
        raise StartRefusedError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
    return listener


@commands.command()
def init(
    *,
    institution: Annotated[str, typer.Option(help="Short name for keys and URLs, for ever.")],
    name: Annotated[str, typer.Option(help="The institution's name, as people know it.")],
    administrator: Annotated[str, typer.Option(help="The first administrator's name.")],
    administrator_lti: Annotated[
        tuple[str, str, str] | None,
        typer.Option(
            help="Let this LMS account sign in as the administrator.",
            metavar="ISSUER CLIENT_ID SUB",
        ),
    ] = None,
    contact: Annotated[str, typer.Option(help="Where candidates get help, in words.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Make an institution and its first administrator; print a link that lets them in, once."""
    lms = None if administrator_lti is None else LmsIdentity(*administrator_lti)

    async def make(ports: Ports) -> dict[str, object]:
        now_ms = ports.clock.now_ms()
        async with ports.database.transaction() as session:
            made = await service.found_institution(
                session, institution, name, contact=contact, now_ms=now_ms
            )
            grants = [Grant(Role.ADMINISTRATOR)]
            person, token = await service.invite(
                session, made.id, administrator, grants=grants, now_ms=now_ms
            )
            if lms is not None:
                await service.add_identity(session, person, lms, now_ms)
            record(
                session, Deed(made.id, None, "institution.make", f"institution/{made.id}"), now_ms
            )
        return _invitation(ports, person.id, token, institution=institution, now_ms=now_ms)

    _show_invitation(with_ports(make, is_first=True), administrator, as_json=as_json)


@commands.command()
def invite(
    context: typer.Context,
    *,
    institution: Annotated[str, typer.Option(help="The institution's short name.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[list[Role], typer.Option(help="What they may do; repeat it for several.")],
    course: Annotated[str | None, typer.Option(help="The course's id, for its roles.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Make a person with roles; print a link that lets them in, once."""
    if course is None and set(role) != {Role.ADMINISTRATOR}:
        raise CommandRefusedError("Authors and reviewers need a course: --course ID")
    grants = [Grant(each, None if each is Role.ADMINISTRATOR else course) for each in role]

    async def make(ports: Ports) -> dict[str, object]:
        now_ms = ports.clock.now_ms()
        async with ports.database.transaction() as session:
            found = await queries.institution_by_slug(session, institution)
            if found is None:
                raise CommandRefusedError(f"There is no institution '{institution}' here.")
            person, token = await service.invite(
                session, found.id, name, grants=grants, now_ms=now_ms
            )
            record(session, Deed(found.id, None, "person.invite", f"person/{person.id}"), now_ms)
        return _invitation(ports, person.id, token, institution=institution, now_ms=now_ms)

    _show_invitation(ports_of(context)(make), name, as_json=as_json)


def _invitation(
    ports: Ports, person_id: str, token: str, *, institution: str, now_ms: int
) -> dict[str, object]:
    return {
        "institution": institution,
        "person": person_id,
        "token": token,
        "links": enrolment_links(ports.origins, token),
        "expires": now_ms + service.ENROLMENT_LIFE_MS,
    }


def _show_invitation(invitation: dict[str, object], name: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(invitation))
        return
    links = invitation["links"]
    out.print(f"{escape(name)} can come in once, until {iso_utc(int(str(invitation['expires'])))}.")
    if isinstance(links, list) and links:
        out.print("Open this address in the browser that has the Invigil extension:\n")
        for link in links:
            out.print(f"  {escape(link)}\n")
    else:
        out.print(
            "No extension is configured (INVIGIL_EXTENSION_IDS), so here is the bare token:\n"
        )
        out.print(f"  {escape(str(invitation['token']))}\n")
    out.print("Whoever has it can use it. Hand it over in person or by a channel you trust.")


@commands.command()
def migrate() -> None:
    """Bring the database's tables to this version. Back the database up first."""

    async def run() -> None:
        ports = build_ports(Settings(), may_create_secrets=True)
        await upgrade(ports.database, ports.table_secret)
        await ports.database.close()

    asyncio.run(run())
    out.print("The database is of this version.")


@commands.command()
def retention(
    *,
    dry_run: Annotated[bool, typer.Option(help="Only list what would be deleted.")] = False,
) -> None:
    """Delete recordings whose time is over, as the server does by itself every hour."""
    packs = PackStoreSettings(root=Settings().data_dir / "packs", worker="retention")

    async def look(ports: Ports) -> list[Due]:
        return await all_due(ports.database, ports.clock.now_ms(), limit=LISTED_AT_MOST)

    async def delete(ports: Ports) -> Deleted:
        async with evidence.open_custody(evidence.EvidenceSettings(packs), ports) as custody:
            return await delete_due(custody, ports.database)

    if dry_run:
        _show_due(with_ports(look))
        return
    deleted = with_ports(delete)
    out.print(f"Deleted {deleted.recordings} recordings, {deleted.segments} segments.")
    if deleted.failed:
        raise CommandRefusedError(
            f"{deleted.failed} recordings could not be deleted; the log says why. "
            "Put that right and repeat the command."
        )


def _show_due(found: list[Due]) -> None:
    for each in found:
        out.print(
            f"{each.attempt_id}  due {iso_utc(each.due_ms)}  "
            f"{escape(each.institution_slug)}  {escape(each.exam_title)}"
        )
    more = " (and perhaps more)" if len(found) >= LISTED_AT_MOST else ""
    out.print(f"{len(found)} recordings are due{more}. Nothing was deleted.")


@commands.command()
def openapi() -> None:
    """Print the API's description, from which clients are generated."""
    with tempfile.TemporaryDirectory() as directory:
        app = create_app(Settings(data_dir=Path(directory), database_url="", extension_ids=()))
        print(json.dumps(app.openapi(), indent=2, ensure_ascii=False))


@commands.command("settings")
def list_settings() -> None:
    """List the settings, what they mean and what they are now."""
    settings = Settings()
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, tuple):
            value = ",".join(value)
        shown = "(set)" if name == "database_url" and value else value
        out.print(f"[bold]INVIGIL_{name.upper()}[/] = {escape(str(shown))}")
        out.print(f"  {escape(field.description or '')}\n")
