"""`invigil lti`: connect, list and approve LMSs; rotate our keys; print our addresses."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts import queries as accounts
from invigil.accounts.models import Institution
from invigil.audit.service import Deed, record
from invigil.kit.console import CommandRefusedError, ports_of
from invigil.kit.rooms import Ports
from invigil.lti import queries, registrations, tool_keys
from invigil.lti.api import view_of
from invigil.lti.models import LtiRegistration
from invigil.lti.outbound import Outbound
from invigil.lti.registrations import (
    NewRegistration,
    RegistrationExistsError,
    RegistrationInvalidError,
)
from invigil.lti.schemas import RegistrationView, ToolAddresses
from invigil.lti.tool_keys import Safe

commands = typer.Typer(
    name="lti",
    no_args_is_help=True,
    help="Connections to learning platforms (LTI 1.3). Begin with `invigil lti urls`.",
)
out = Console(soft_wrap=True, highlight=False)
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@commands.command()
def urls(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Print the addresses that an LMS asks for."""

    async def look(ports: Ports) -> ToolAddresses:
        return ToolAddresses.at(ports.origins.public_url)

    addresses = ports_of(context)(look)
    if as_json:
        print(addresses.model_dump_json())
        return
    for name, value in addresses.model_dump().items():
        out.print(f"[bold]{name}[/]  {escape(value)}")


@commands.command()
def add(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    *,
    institution: Annotated[str, typer.Option(help="The institution's short name.")],
    issuer: Annotated[str, typer.Option(help="Platform ID, issuer.")],
    client_id: Annotated[str, typer.Option(help="Client ID.")],
    auth_url: Annotated[str, typer.Option(help="Authentication request URL.")],
    token_url: Annotated[str, typer.Option(help="Access token URL.")],
    jwks_url: Annotated[str, typer.Option(help="Public keyset URL.")],
    deployment: Annotated[
        list[str] | None, typer.Option(help="Deployment ID; repeat it for several.")
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="Another address people use for the LMS, https://lms.example.org"),
    ] = None,
    audience: Annotated[str, typer.Option(help="What the LMS wants as `aud` of tokens.")] = "",
    name: Annotated[str, typer.Option(help="How you call this LMS.")] = "",
    as_json: AsJson = False,
) -> None:
    """Connect an LMS by hand. It is approved at once."""
    new = NewRegistration(
        issuer=issuer,
        client_id=client_id,
        authorization_endpoint=auth_url,
        token_endpoint=token_url,
        jwks_uri=jwks_url,
        name=name,
        token_audience=audience,
        extra_origins=origin or [],
        deployments=deployment or [],
    )

    async def work(ports: Ports) -> RegistrationView:
        return await _add(ports, institution, new)

    _show(ports_of(context)(work), as_json=as_json)


async def _add(ports: Ports, slug: str, new: NewRegistration) -> RegistrationView:
    now_ms = ports.clock.now_ms()
    door = Outbound(trusted_hosts=ports.trusted_hosts)
    async with door, ports.database.transaction() as session:
        found = await accounts.institution_by_slug(session, slug)
        if found is None:
            raise CommandRefusedError(f"There is no institution '{slug}' here.")
        try:
            made = await registrations.add(
                session, found.id, new, door=door, is_approved=True, now_ms=now_ms
            )
        except RegistrationExistsError as error:
            raise CommandRefusedError("This issuer and client id are connected already.") from error
        except RegistrationInvalidError as error:
            raise CommandRefusedError(str(error)) from error
        record(session, _deed(found, "add", made), now_ms)
        return await view_of(session, ports, made)


def _deed(institution: Institution, verb: str, found: LtiRegistration) -> Deed:
    return Deed(institution.id, None, f"lti.{verb}", f"lti-registration/{found.id}")


@commands.command("list")
def list_all(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the connections of every institution, with what waits for approval."""

    async def work(ports: Ports) -> list[RegistrationView]:
        async with ports.database.transaction(writes=False) as session:
            return [
                await view_of(session, ports, each) for each in await queries.registrations(session)
            ]

    found = ports_of(context)(work)
    if as_json:
        print(json.dumps([each.model_dump() for each in found]))
        return
    if not found:
        out.print("No LMS is connected. `invigil lti urls` prints what the LMS asks for.")
    for each in found:
        _show(each, as_json=False)


@commands.command()
def approve(
    context: typer.Context,
    registration: Annotated[str, typer.Argument(help="Its id, as `invigil lti list` shows it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Approve a connection, and every deployment of it that waits."""

    async def work(ports: Ports) -> RegistrationView:
        now_ms = ports.clock.now_ms()
        async with ports.database.transaction() as session:
            found = await _find(session, registration)
            await registrations.approve(session, found, now_ms)
            institution = await accounts.institution(session, found.institution_id)
            record(session, _deed(institution, "approve", found), now_ms)
            return await view_of(session, ports, found)

    _show(ports_of(context)(work), as_json=as_json)


async def _find(session: AsyncSession, registration_id: str) -> LtiRegistration:
    found = await queries.registration(session, registration_id)
    if found is None:
        raise CommandRefusedError(
            f"There is no connection {registration_id}. `invigil lti list` shows them."
        )
    return found


@commands.command()
def remove(
    context: typer.Context,
    registration: Annotated[str, typer.Argument(help="Its id, as `invigil lti list` shows it.")],
) -> None:
    """Disconnect an LMS. Its courses, exams and people stay."""

    async def work(ports: Ports) -> str:
        now_ms = ports.clock.now_ms()
        async with ports.database.transaction() as session:
            found = await _find(session, registration)
            institution = await accounts.institution(session, found.institution_id)
            record(session, _deed(institution, "remove", found), now_ms)
            await registrations.remove(session, found)
            return found.name

    out.print(f"{escape(ports_of(context)(work))} is disconnected.")


@commands.command()
def rotate_keys(
    context: typer.Context,
    *,
    discard: Annotated[
        bool, typer.Option(help="Forget all keys at once: after a leak. Platforms must look again.")
    ] = False,
) -> None:
    """Let the next signing key take over and publish a new one; happens by itself every 90 days."""

    async def work(ports: Ports) -> None:
        async with ports.database.transaction() as session:
            if discard:
                await tool_keys.discard(session)
            await tool_keys.rotate(session, Safe(ports.table_secret), ports.clock.now_ms())

    ports_of(context)(work)
    out.print("The next key signs from now on. Platforms know it already.")


def _show(view: RegistrationView, *, as_json: bool) -> None:
    if as_json:
        print(view.model_dump_json())
        return
    out.print(f"[bold]{escape(view.name)}[/]  {view.state}  {view.id}")
    out.print(f"  issuer {escape(view.issuer)}, client id {escape(view.client_id)}")
    for each in view.deployments:
        out.print(f"  deployment {escape(each.id)}: {each.state}")
