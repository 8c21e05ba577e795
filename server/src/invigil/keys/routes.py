"""Staff's own keys, and the statements that certify them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, status

from invigil.accounts import queries as accounts
from invigil.accounts.policy import Administrator, Staff
from invigil.accounts.roles import Grant, Role
from invigil.accounts.schemas import RoleView
from invigil.keys import files, queries, scopes, service
from invigil.keys.schemas import (
    KeyringFile,
    Keyrings,
    Me,
    MyInstitution,
    NewRoot,
    NewStatement,
    People,
    PersonView,
    PublicKeys,
    RootAccepted,
    SealedFile,
    StandingView,
    StatementAccepted,
)
from invigil.keys.service import Desk, HandedIn
from invigil.keys.standing import Standing
from invigil.keys.statements import (
    MemberRemoveStatement,
    StaffKeyStatement,
    StaffRevokeStatement,
)
from invigil.kit.db import Session
from invigil.kit.problems import (
    AdministratorNeeded,
    CertificationNeeded,
    ChainBroken,
    KeyFileRefused,
    KeysCertified,
    LastReader,
    NotFound,
    RoleNeeded,
    SignInNeeded,
    StatementForged,
    StatementMalformed,
    StatementUnsupported,
    StatementUntrusted,
    TokenExpired,
    TokenInvalid,
    answers,
)
from invigil.kit.rooms import Now, PortsOf
from invigil.kit.wire import Named

_MAX_BYTES = 256 * 1024
"""A statement or a sealed key file, in JSON."""

router = APIRouter(
    prefix="/api",
    tags=["keys"],
    responses=answers(SignInNeeded, TokenInvalid, TokenExpired),
    max_body_size=_MAX_BYTES,
)
REFUSALS = (
    ChainBroken,
    StatementForged,
    StatementMalformed,
    StatementUnsupported,
    StatementUntrusted,
)
Method = Annotated[str, Path(pattern=files.METHOD_PATTERN, examples=["phrase"])]


async def desk(actor: Staff, session: Session, now: Now, ports: PortsOf) -> Desk:
    """Return where the caller hands in statements."""
    return Desk(session, actor, ports.server_key, now)


DeskOf = Annotated[Desk, Depends(desk)]


@router.get("/me")
async def get_me(actor: Staff, session: Session, now: Now) -> Me:
    """Return who the caller is, what they may do and how their keys stand."""
    found = await queries.standing_of(session, actor.institution_id, actor.person_id, now)
    institution = await accounts.institution(session, actor.institution_id)
    root = await queries.current_root(session, actor.institution_id)
    return Me(
        person=Named(id=actor.person_id, name=actor.name),
        institution=MyInstitution(
            slug=institution.slug, name=institution.name, root_present=root is not None
        ),
        roles=RoleView.all_of(actor.grants),
        **StandingView.members_of(found),
    )


@router.get("/me/keyrings")
async def list_keyrings(actor: Staff, session: Session) -> Keyrings:
    """Return the caller's keyring files."""
    found = await queries.key_files(session, actor.person_id)
    return Keyrings(keyrings=[KeyringFile.of(each) for each in found if files.is_keyring(each)])


@router.put(
    "/me/keyrings/{method}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=answers(KeyFileRefused),
)
async def put_keyring(
    method: Method, actor: Staff, sealed: SealedFile, *, session: Session, now: Now
) -> None:
    """Store the caller's keyring for one unlock method."""
    await files.store(session, actor, method, file=sealed.file, now_ms=now)


@router.delete(
    "/me/keyrings/{method}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=answers(KeyFileRefused, NotFound),
)
async def delete_keyring(method: Method, actor: Staff, session: Session, now: Now) -> None:
    """Take the caller's keyring for one unlock method away."""
    await files.remove(session, actor, method, now)


@router.put(
    "/me/root-backup",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=answers(AdministratorNeeded, KeyFileRefused),
)
async def put_root_backup(
    actor: Administrator, sealed: SealedFile, session: Session, now: Now
) -> None:
    """Store the sealed backup of the root key, `root-1.age`."""
    await files.store(session, actor.staff, files.ROOT_BACKUP, file=sealed.file, now_ms=now)


@router.get("/me/root-backup", responses=answers(AdministratorNeeded, NotFound))
async def get_root_backup(actor: Administrator, session: Session) -> SealedFile:
    """Return the sealed backup of the root key that the caller stored."""
    for each in await queries.key_files(session, actor.person_id):
        if each.method == files.ROOT_BACKUP:
            return SealedFile(file=each.body)
    raise NotFound


@router.put("/me/keys", responses=answers(ChainBroken, KeysCertified, StatementMalformed))
async def put_my_keys(actor: Staff, keys: PublicKeys, at: DeskOf) -> StandingView:
    """Name the keys that an administrator is to certify."""
    await service.name_keys(at, keys.vkey, keys.recipient)
    found = await queries.standing_of(at.session, actor.institution_id, actor.person_id, at.now_ms)
    return StandingView.of(found)


@router.post(
    "/roots",
    status_code=status.HTTP_201_CREATED,
    responses=answers(*REFUSALS, AdministratorNeeded),
)
async def post_root(_: Administrator, root: NewRoot, at: DeskOf) -> RootAccepted:
    """Hand in the institution's first root, or the next one by its chain."""
    return RootAccepted(serial=await service.accept_root(at, HandedIn(root.note)))


@router.get("/people", responses=answers(AdministratorNeeded))
async def list_people(actor: Administrator, session: Session, now: Now) -> People:
    """List the institution's staff with roles, keys and their certification."""
    roles: dict[str, set[Grant]] = {}
    names: dict[str, str] = {}
    for person, granted in await accounts.people_with_roles(session, actor.institution_id):
        names[person.id] = person.name
        roles.setdefault(person.id, set()).add(Grant(Role(granted.role), granted.course_id))
    found = await queries.standings(session, actor.institution_id, list(names), now)
    return People(people=[_person(names[each], roles[each], found[each]) for each in names])


def _person(name: str, grants: set[Grant], found: Standing) -> PersonView:
    return PersonView(
        person=Named(id=found.person_id, name=name),
        roles=RoleView.all_of(grants),
        **StandingView.members_of(found),
    )


@router.post(
    "/statements",
    status_code=status.HTTP_201_CREATED,
    responses=answers(
        *REFUSALS, AdministratorNeeded, CertificationNeeded, LastReader, NotFound, RoleNeeded
    ),
)
async def post_statement(actor: Staff, given: NewStatement, at: DeskOf) -> StatementAccepted:
    """Hand in a statement about staff keys (administrators) or the removal of a member.

    A new member comes with a wrap: `POST /api/exams/{e}/members`.
    """
    handed_in = HandedIn(given.note, given.blind)
    said = handed_in.statement
    if not (actor.is_administrator or isinstance(said, MemberRemoveStatement)):
        raise AdministratorNeeded
    match said:
        case MemberRemoveStatement():
            accepted = await scopes.remove_member(at, handed_in, said)
        case StaffKeyStatement():
            accepted = await service.accept_staff_key(at, handed_in, said)
        case StaffRevokeStatement():
            accepted = await service.accept_staff_revoke(at, handed_in, said)
        case _:
            raise StatementUnsupported("This kind of statement is handed in at another address.")
    return StatementAccepted(kind=accepted.kind, id=accepted.id, log_index=accepted.log_index)
