"""`invigil keys`: list and put back key files and wraps that were replaced or removed."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from invigil.keys import earlier, queries
from invigil.kit.clock import iso_utc
from invigil.kit.console import CommandRefusedError, ports_of
from invigil.kit.problems import KeyFileRefused, Problem
from invigil.kit.rooms import Ports

commands = typer.Typer(
    name="keys",
    no_args_is_help=True,
    help="Sealed key files and wraps that were replaced or removed. Nobody here can open them.",
)
out = Console(soft_wrap=True, highlight=False)

Version = dict[str, str | int]
UNKNOWN = "There is no earlier version {}. `invigil keys earlier` lists them."


@commands.command("earlier")
def list_earlier(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """List what was replaced or removed, with whose it is and until when it was in force."""
    found = ports_of(context)(_versions)
    if as_json:
        print(json.dumps(found))
        return
    for each in found:
        ended = iso_utc(int(each["ended"]))
        name, what = escape(str(each["name"])), escape(str(each["what"]))
        out.print(f"{each['id']}  until {ended}  {name} ({each['person']})  {what}")
    if not found:
        out.print("Nothing was replaced or removed.")


async def _versions(ports: Ports) -> list[Version]:
    async with ports.database.transaction(writes=False) as session:
        files = [
            (file.id, file.ended_ms, who, file.method)
            for file, who in await queries.earlier_files(session)
        ]
        wraps = [
            (wrap.id, wrap.ended_ms, who, f"{epoch.scope} {epoch.epoch}")
            for wrap, epoch, who in await queries.earlier_wraps(session)
        ]
    return [
        {"id": each, "ended": ended_ms, "person": who.id, "name": who.name, "what": what}
        for each, ended_ms, who, what in sorted([*files, *wraps], key=lambda row: row[0])
    ]


@commands.command()
def restore(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="Its id, as `invigil keys earlier` shows it.")],
) -> None:
    """Put an earlier version in force again. What it takes the place of is kept in turn."""

    async def work(ports: Ports) -> str:
        async with ports.database.transaction() as session:
            return await earlier.restore(session, version, ports.clock.now_ms())

    try:
        name = ports_of(context)(work)
    except Problem as error:
        said = str(error.detail) if isinstance(error, KeyFileRefused) else UNKNOWN.format(version)
        raise CommandRefusedError(said) from error
    out.print(f"{escape(name)} has it again, and the audit record says so.")
