"""What platforms and browsers ask of us: login, launch, our own forms, our keys, registration."""

from __future__ import annotations

import sys
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts import queries as accounts
from invigil.kit.policy import Anyone
from invigil.lti import (
    arrivals,
    assertions,
    binding,
    deep_linking,
    dynamic,
    forms,
    launches,
    logins,
    queries,
    registrations,
    showing,
    tool_keys,
)
from invigil.lti.binding import Proof
from invigil.lti.claims import DEEP_LINKING_REQUEST
from invigil.lti.desk import Desk, DeskOf
from invigil.lti.forms import FormKind, Picking, Visit
from invigil.lti.launches import VerifiedLaunch
from invigil.lti.logins import LAUNCH_PATH, Departure
from invigil.lti.models import LtiRegistration
from invigil.lti.page_route import OwnFields, PageRoute, PlatformFields
from invigil.lti.refusals import Refusal, Refused
from invigil.lti.verification import origin_of

router = APIRouter(
    prefix="/lti",
    include_in_schema=False,
    route_class=PageRoute,
    # Forms have their own limit (page_route.py), and a page that says so.
    max_body_size=sys.maxsize,
)


@router.get("/login")
@router.post("/login")
async def login(request: Request, desk: DeskOf, fields: PlatformFields) -> Response:
    """Write down what we expect and send the browser on to the platform's authorization."""
    asked = logins.parse_initiation(fields)
    logins.check_target(asked, desk.public_url)
    known = binding.read_cookie(request, is_https=desk.is_https)
    secret = known or binding.new_secret()
    now_ms = desk.ports.clock.now_ms()
    async with desk.ports.database.transaction() as session:
        await logins.forget_old(session, now_ms)
        found = await logins.find_registration(session, asked)
        departure = await logins.begin(
            session, found, asked, binding=secret, public_url=desk.public_url, now_ms=now_ms
        )
    response = _onward(departure, secret, desk.origins_of(found), has_cookie=known is not None)
    binding.set_cookie(response, secret, is_https=desk.is_https)
    return response


def _onward(
    departure: Departure, secret: str, framed_by: frozenset[str], *, has_cookie: bool
) -> Response:
    """Redirect, or pass by platform storage when it is offered and no cookie was seen to work."""
    if departure.storage_target and not has_cookie:
        return showing.passing(departure, secret, framed_by)
    return RedirectResponse(departure.url, status_code=302)


@router.get("/launch")
async def launch_without_form(_: Anyone) -> Response:
    """Somebody reloaded the page or kept its address."""
    raise Refused(Refusal.STATE_UNKNOWN, "GET")


@router.post("/launch")
async def launch(request: Request, desk: DeskOf, fields: PlatformFields) -> Response:
    """Take a launch: verify it, find out whose browser this is, and show the way on."""
    state, id_token = fields.get("state", ""), fields.get("id_token", "")
    if not state:
        raise Refused(Refusal.STATE_UNKNOWN, "no state")
    if not id_token:
        await launches.burn(desk.ports, state)
        raise Refused(Refusal.PLATFORM_REFUSED, "no id_token")
    received = await launches.receive(
        desk.ports, desk.platform_keys, state=state, id_token=id_token
    )
    proof = binding.judge(
        binding.read_cookie(request, is_https=desk.is_https),
        received.login.binding_hash,
        in_frame=binding.is_in_frame(request),
        is_https=desk.is_https,
    )
    if received.claims.message_type == DEEP_LINKING_REQUEST:
        return await _show_picker(desk, received)
    return await _show_visit(request, desk, received, proof=proof, state=state)


async def _show_picker(desk: Desk, received: VerifiedLaunch) -> Response:
    """The picker works in a frame without a cookie: see "Deep linking" in decision record 0004."""
    async with desk.ports.database.transaction() as session:
        picking = await arrivals.picking_of(session, received, desk.ports.clock.now_ms())
        return await showing.picker(session, desk, picking, received.registration)


async def _show_visit(
    request: Request, desk: Desk, received: VerifiedLaunch, *, proof: Proof, state: str
) -> Response:
    found = received.registration
    async with desk.ports.database.transaction() as session:
        visit = await arrivals.visit_of(session, received, desk.ports.clock.now_ms())
        if proof is Proof.SAME_BROWSER:
            return await showing.way_in(
                session, desk, visit, request, framed_by=desk.origins_of(found)
            )
        if proof is Proof.UNPROVEN_ON_TOP:
            return await showing.is_it_you(session, desk, visit, found.id)
        return await showing.new_window(
            session, desk, visit, found, stored=_stored(received, state)
        )


def _stored(received: VerifiedLaunch, state: str) -> Departure | None:
    """Return where the platform may keep the browser's secret, if it offered to."""
    if not received.login.storage_target:
        return None
    return Departure(
        url="",
        storage_target=received.login.storage_target,
        storage_key=logins.storage_key(state),
        platform_origin=origin_of(received.registration.authorization_endpoint) or "",
    )


@router.post("/bind")
async def bind(request: Request, desk: DeskOf, fields: OwnFields) -> Response:
    """The page's script brings the secret from platform storage: the same browser."""
    now_ms = desk.ports.clock.now_ms()
    async with desk.ports.database.transaction() as session:
        registration_id, visit = await forms.consume(
            session, fields.get("form", ""), FormKind.BIND, Visit, now_ms=now_ms
        )
        found = await _registration(session, registration_id)
        if binding.matches(fields.get("secret", ""), visit.binding_hash):
            return await showing.way_in(
                session, desk, visit, request, framed_by=desk.origins_of(found)
            )
    raise Refused(Refusal.OTHER_BROWSER, "platform storage")


@router.post("/continue")
async def continue_in_window(desk: DeskOf, fields: OwnFields) -> Response:
    """In a window of our own: ask the person who they are."""
    async with desk.ports.database.transaction() as session:
        registration_id, visit = await forms.consume(
            session,
            fields.get("form", ""),
            FormKind.WINDOW,
            Visit,
            now_ms=desk.ports.clock.now_ms(),
        )
        return await showing.is_it_you(session, desk, visit, registration_id)


@router.post("/confirm")
async def confirm(request: Request, desk: DeskOf, fields: OwnFields) -> Response:
    """The person said who they are: show the way in."""
    async with desk.ports.database.transaction() as session:
        _, visit = await forms.consume(
            session,
            fields.get("form", ""),
            FormKind.CONFIRM,
            Visit,
            now_ms=desk.ports.clock.now_ms(),
        )
        return await showing.way_in(session, desk, visit, request, framed_by=frozenset())


@router.post("/pick")
async def pick(desk: DeskOf, fields: OwnFields) -> Response:
    """A teacher chose an exam: sign the answer and carry it back to the LMS."""
    key = await desk.signing_key()
    now_ms = desk.ports.clock.now_ms()
    async with desk.ports.database.transaction() as session:
        registration_id, picking = await forms.consume(
            session, fields.get("form", ""), FormKind.PICK, Picking, now_ms=now_ms
        )
        found = await _registration(session, registration_id)
        try:
            exam = await deep_linking.chosen_exam(
                session,
                picking,
                fields.get("exam", ""),
                fields.get("title", ""),
                now_ms=now_ms,
            )
        except deep_linking.TitleMissingError:
            return await showing.picker(session, desk, picking, found, has_error=True)
        item = deep_linking.content_item(
            exam,
            launch_url=desk.public_url + LAUNCH_PATH,
            quiz_url=picking.quiz_url,
            fingerprint=await deep_linking.root_fingerprint(session, picking.institution_id),
        )
        answer = assertions.deep_linking_response(
            key,
            client_id=found.client_id,
            issuer=found.issuer,
            deployment_id=picking.deployment_id,
            items=[item],
            data=picking.answer_data,
            now_s=now_ms // 1000,
        )
        return await showing.picked(session, desk, picking, found, exam=exam, answer=answer)


@router.get("/jwks.json")
async def published_keys(_: Anyone, desk: DeskOf) -> Response:
    """Return our public keys: the one that signs, the next one, and the last for a day."""
    await desk.rotate_when_due()
    now_ms = desk.ports.clock.now_ms()
    async with desk.ports.database.transaction(writes=False) as session:
        keys = await tool_keys.public_set(session, desk.safe, now_ms)
    return JSONResponse(keys, headers={"Cache-Control": "public, max-age=300"})


@router.get("/register")
async def register(
    _: Anyone,
    desk: DeskOf,
    openid_configuration: Annotated[str, Query(max_length=2048)] = "",
    registration_token: Annotated[str | None, Query(max_length=8192)] = None,
    institution: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Let an LMS register itself; an administrator has to approve it."""
    institution_id = await _institution_for(desk, institution)
    platform = await dynamic.describe(desk.door, openid_configuration)
    new = await dynamic.register(
        desk.door,
        platform,
        configuration_url=openid_configuration,
        registration_token=registration_token,
        public_url=desk.public_url,
    )
    now_ms = desk.ports.clock.now_ms()
    async with desk.ports.database.transaction() as session:
        # Counted again: the LMS took its time, and others may have come meanwhile.
        if not await registrations.make_room_for_another(session, institution_id, now_ms):
            raise Refused(Refusal.REGISTRATION_FULL, institution_id)
        try:
            made = await registrations.add(
                session,
                institution_id,
                new,
                door=desk.door,
                is_approved=False,
                now_ms=now_ms,
            )
        except registrations.RegistrationExistsError as error:
            raise Refused(Refusal.REGISTRATION_EXISTS) from error
        except registrations.RegistrationInvalidError as error:
            raise Refused(Refusal.REGISTRATION_MALFORMED, str(error)) from error
    return showing.registered(desk, made)


async def _institution_for(desk: Desk, slug: str | None) -> str:
    """Return the institution that a registration is for; refuses when it is unclear or full."""
    async with desk.ports.database.transaction(writes=False) as session:
        found = (
            [each]
            if slug and (each := await accounts.institution_by_slug(session, slug))
            else await queries.institutions(session)
        )
        if len(found) != 1 or (slug and found[0].slug != slug):
            raise Refused(Refusal.INSTITUTION_UNCLEAR, f"{len(found)} institutions")
        if not await registrations.has_room_for_another(
            session, found[0].id, desk.ports.clock.now_ms()
        ):
            raise Refused(Refusal.REGISTRATION_FULL, found[0].slug)
        return found[0].id


async def _registration(session: AsyncSession, registration_id: str) -> LtiRegistration:
    found = await queries.registration(session, registration_id)
    if found is None or found.approved_ms is None:
        raise Refused(Refusal.PLATFORM_PENDING, registration_id)
    return found
