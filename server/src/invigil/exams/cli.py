"""`invigil exams`: what an operator may have to do about exams."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.markup import escape

from invigil.audit.service import Deed, record
from invigil.exams.access_codes import AccessCodes, discard_unreadable
from invigil.kit.console import ports_of
from invigil.kit.rooms import Ports

commands = typer.Typer(
    name="exams", no_args_is_help=True, help="Access codes that cannot be read any more."
)
out = Console(soft_wrap=True, highlight=False)


@commands.callback()
def _root() -> None:
    """Keep the command's name: Typer drops it where there is only one."""


@commands.command()
def discard_codes(context: typer.Context) -> None:
    """Forget the access codes that this server's secret does not open; no other ones."""

    async def work(ports: Ports) -> list[str]:
        async with ports.database.transaction() as session:
            lost = await discard_unreadable(session, AccessCodes(ports.table_secret))
            for exam in lost:
                deed = Deed(exam.institution_id, None, "exam.code-discard", f"exam/{exam.id}")
                record(session, deed, ports.clock.now_ms())
            return [exam.title for exam in lost]

    titles = ports_of(context)(work)
    for title in titles:
        out.print(f"{escape(title)}: its author has to enter the access code again.")
    out.print(f"{len(titles)} access codes were discarded.")
