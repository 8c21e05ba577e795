"""Scope keys: their epochs, and who can open them (sealed.md §6.3 and §6.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts import queries as accounts
from invigil.accounts.roles import Role
from invigil.keys import earlier, queries
from invigil.keys.agefile import check_wrap
from invigil.keys.models import Member, ScopeEpoch, Statement
from invigil.keys.service import Desk, HandedIn, log_statement
from invigil.keys.standing import Standing, check_in_force, signed_by
from invigil.keys.statements import (
    MemberAddStatement,
    MemberRemoveStatement,
    ScopeEpochStatement,
    StaffKeys,
)
from invigil.kit.ids import new_id
from invigil.kit.problems import (
    ChainBroken,
    LastReader,
    NotFound,
    RoleNeeded,
    StatementMalformed,
    StatementUntrusted,
)


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member-add statement and the wrap it names."""

    handed_in: HandedIn
    wrap: bytes


async def open_epoch(
    desk: Desk, scope: str, handed_in: HandedIn, members: Sequence[NewMember]
) -> ScopeEpoch:
    """Begin a scope's next epoch with its first members. Attempts are sealed to it from now on.

    Raises:
        CertificationNeeded: the actor's keys are not certified.
        ChainBroken: it is not the next epoch.
        StatementUntrusted, StatementForged, StatementMalformed, KeyFileRefused: it is refused.
    """
    said = handed_in.statement
    if not isinstance(said, ScopeEpochStatement) or not members:
        raise StatementMalformed("A scope epoch comes with at least one member.")
    _check_scope(desk, said.institution, said.scope, expected=scope)
    check_in_force(said.issued_ms, said.expires_ms, desk.now_ms)
    signer = signed_by(handed_in.parsed, (await _own_keys(desk),))
    known = await queries.epochs(desk.session, scope)
    if said.epoch != (known[-1][0].epoch if known else 0) + 1:
        raise ChainBroken("Somebody began another epoch of this exam's key. Reload.")
    statement = await log_statement(
        desk, handed_in, kind="scope-epoch", person_id=None, signer=signer
    )
    epoch = ScopeEpoch(
        id=new_id(desk.now_ms),
        institution_id=desk.actor.institution_id,
        scope=scope,
        epoch=said.epoch,
        recipient=said.recipient,
        expires_ms=said.expires_ms,
        statement_id=statement.id,
    )
    desk.session.add(epoch)
    await desk.session.flush()
    for each in members:
        await add_member(desk, scope, each)
    return epoch


async def add_member(desk: Desk, scope: str, member: NewMember) -> Member:
    """Give one more person the scope key. Adding somebody again replaces their wrap.

    Raises:
        NotFound: there is no such epoch, or no such person with certified keys.
        RoleNeeded: the actor is neither administrator, nor signer of the epoch, nor a member, or
            does not work on the exam.
        StatementUntrusted, StatementForged, StatementMalformed, KeyFileRefused: it is refused.
    """
    said = member.handed_in.statement
    if not isinstance(said, MemberAddStatement):
        raise StatementMalformed("This is not a member-add statement.")
    _check_scope(desk, said.institution, said.scope, expected=scope)
    check_in_force(said.issued_ms, None, desk.now_ms)
    check_wrap(member.wrap)
    if hashlib.sha256(member.wrap).digest() != said.wrap_sha256:
        raise StatementUntrusted("The statement names another key file than came with it.")
    epoch, signer = await _authority(desk, member.handed_in, said.scope, said.epoch)
    added = await queries.standing_of(
        desk.session, desk.actor.institution_id, said.person, desk.now_ms
    )
    if added.certification != "certified":
        raise StatementUntrusted("The new reader's keys are not certified.")
    statement = await log_statement(
        desk, member.handed_in, kind="member-add", person_id=said.person, signer=signer
    )
    await earlier.keep_wrap(desk.session, (epoch.id, said.person), desk.now_ms)
    return await desk.session.merge(
        Member(
            scope_epoch_id=epoch.id,
            person_id=said.person,
            wrap=member.wrap,
            statement_id=statement.id,
        )
    )


async def remove_member(desk: Desk, handed_in: HandedIn, said: MemberRemoveStatement) -> Statement:
    """Stop handing the scope key to a person. What they opened before they may have copied.

    Raises:
        NotFound: there is no such epoch, or the person is not a member.
        RoleNeeded: the actor is neither administrator, nor signer of the epoch, nor a member, or
            does not work on the exam.
        LastReader: nobody else who works on the exam could open the key.
        StatementUntrusted, StatementForged: it is refused.
    """
    _check_scope(desk, said.institution, said.scope, expected=said.scope)
    check_in_force(said.issued_ms, None, desk.now_ms)
    epoch, signer = await _authority(desk, handed_in, said.scope, said.epoch)
    if await desk.session.get(Member, (epoch.id, said.person)) is None:
        raise NotFound
    await _check_somebody_stays(desk, epoch, leaving=said.person)
    statement = await log_statement(
        desk, handed_in, kind="member-remove", person_id=said.person, signer=signer
    )
    await earlier.keep_wrap(desk.session, (epoch.id, said.person), desk.now_ms)
    await desk.session.execute(
        delete(Member).where(Member.scope_epoch_id == epoch.id, Member.person_id == said.person)
    )
    return statement


async def _works_on(desk: Desk, scope: str) -> bool:
    course_id = await queries.course_of_scope(desk.session, scope)
    return course_id is not None and any(
        desk.actor.may(role, course_id) for role in (Role.AUTHOR, Role.REVIEWER)
    )


async def _check_somebody_stays(desk: Desk, epoch: ScopeEpoch, *, leaving: str) -> None:
    """Count as readers only those who get their wrap handed out and may use it."""
    course_id = await queries.course_of_scope(desk.session, epoch.scope)
    staff = {
        each.id
        for role in (Role.AUTHOR, Role.REVIEWER)
        for each in await accounts.people_in_course(desk.session, course_id or "", role)
    }
    readers = {who.id for _, who in await queries.members(desk.session, [epoch.id])}
    staying = sorted(staff & readers - {leaving})
    found = await queries.standings(desk.session, epoch.institution_id, staying, desk.now_ms)
    if not any(each.certification == "certified" for each in found.values()):
        raise LastReader


async def _own_standing(desk: Desk) -> Standing:
    actor = desk.actor
    return await queries.standing_of(
        desk.session, actor.institution_id, actor.person_id, desk.now_ms
    )


async def _own_keys(desk: Desk) -> StaffKeys:
    return (await _own_standing(desk)).certified_keys()


async def _authority(
    desk: Desk, handed_in: HandedIn, scope: str, number: int
) -> tuple[ScopeEpoch, StaffKeys]:
    """Return the epoch and the actor's keys, if the actor may change its members and signed."""
    found = await queries.epochs(desk.session, scope)
    epoch = next(((row, by) for row, by in found if row.epoch == number), None)
    if epoch is None or epoch[0].institution_id != desk.actor.institution_id:
        raise NotFound
    standing = await _own_standing(desk)
    keys = standing.certified_keys()
    # Held until the end: two readers who remove each other at once must not both succeed.
    await desk.session.refresh(epoch[0], with_for_update=True)
    is_member = await queries.membership(desk.session, epoch[0].id, keys.person) is not None
    is_theirs = is_member or epoch[1].signer_id == keys.person
    # sealed.md asks no more than that. A role withdrawn since must not leave this power behind.
    if not (standing.is_in_root or (is_theirs and await _works_on(desk, scope))):
        raise RoleNeeded("Only who can read this exam's recordings can change who else can.")
    return epoch[0], signed_by(handed_in.parsed, (keys,))


def _check_scope(desk: Desk, institution: str, scope: str, *, expected: str) -> None:
    if institution != desk.actor.institution_slug or scope != expected:
        raise StatementUntrusted("The statement is about another institution or exam.")


async def certified(
    session: AsyncSession, scope: str, number: int | None, now_ms: int
) -> tuple[ScopeEpoch, Statement, Statement | None] | None:
    """Return an epoch, its statement, and its signer's staff-key statement (None: the root's).

    Without a number, the epoch that attempts are sealed to now: None when there is none in force.
    With one, that epoch with the statement by which its signer could sign it then, in force or not.
    """
    found = await queries.epochs(session, scope)
    if number is None:
        current = found[-1] if found and found[-1][0].expires_ms > now_ms else None
        return current and (*current, await _signer_statement(session, current[1], now_ms))
    of_then = next((each for each in found if each[0].epoch == number), None)
    return of_then and (*of_then, await queries.staff_key_before(session, of_then[1]))


async def _signer_statement(
    session: AsyncSession, epoch_statement: Statement, now_ms: int
) -> Statement | None:
    """Return the staff-key statement of an epoch's signer; None when the root lists them.

    Of one whose key was revoked since, that of then: a client sees both and names the reason.
    """
    institution_id, person_id = epoch_statement.institution_id, epoch_statement.signer_id
    found = await queries.standing_of(session, institution_id, person_id, now_ms)
    if found.is_in_root or found.staff_key is not None:
        return found.staff_key
    return await queries.staff_key_before(session, epoch_statement)
