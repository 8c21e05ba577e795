"""An exam's scope keys: who can read its recordings."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, status

from invigil.accounts import queries as accounts
from invigil.accounts.models import Person
from invigil.accounts.roles import Role
from invigil.exams.policy import AuthoredExam, ExamAccess, WorkedExam
from invigil.exams.scope_schemas import (
    EpochView,
    NewEpoch,
    NewMemberView,
    ScopeView,
    WaitingReader,
)
from invigil.keys import queries, scopes
from invigil.keys.models import Member, ScopeEpoch, Statement
from invigil.keys.routes import REFUSALS, DeskOf
from invigil.keys.schemas import RevocationView
from invigil.keys.service import HandedIn
from invigil.keys.standing import Standing
from invigil.keys.statements import MemberAddStatement
from invigil.kit.db import Session
from invigil.kit.problems import (
    CertificationNeeded,
    KeyFileRefused,
    NotFound,
    RoleNeeded,
    SignInNeeded,
    StatementUntrusted,
    TokenExpired,
    TokenInvalid,
    answers,
)
from invigil.kit.rooms import Now
from invigil.kit.wire import Named

_MAX_BYTES = 2 * 1024 * 1024
"""An epoch brings a statement and a wrap for each of its members."""

router = APIRouter(
    prefix="/api/exams/{exam_id}",
    tags=["exams"],
    responses=answers(SignInNeeded, TokenInvalid, TokenExpired, NotFound, RoleNeeded),
    max_body_size=_MAX_BYTES,
)
MEMBER_REFUSALS = answers(*REFUSALS, CertificationNeeded, KeyFileRefused, RoleNeeded)


def scope_of(access: ExamAccess) -> str:
    """Return the scope of an exam's own key."""
    return f"exam/{access.exam.id}"


@router.get("/scope")
async def get_exam_scope(access: WorkedExam, session: Session, now: Now) -> ScopeView:
    """Return the epochs of the exam's key, who can open each, and who waits to."""
    epochs = await queries.epochs(session, scope_of(access))
    members = await queries.members(session, [epoch.id for epoch, _ in epochs])
    staff = await _staff_of(session, access)
    institution_id, ids = access.actor.institution_id, [each.id for each in staff]
    found = await queries.standings(session, institution_id, ids, now)
    revoked = await queries.revocations(session, institution_id, ids)
    certified = [
        _waiting_reader(each, found[each.id], revoked[each.id])
        for each in staff
        if found[each.id].certification == "certified"
    ]
    return ScopeView(
        scope=scope_of(access),
        epochs=[
            _epoch_view(each, members, certified, me=access.actor.person_id) for each in epochs
        ],
    )


def _epoch_view(
    epoch: tuple[ScopeEpoch, Statement],
    members: Sequence[tuple[Member, Person]],
    certified: Sequence[WaitingReader],
    *,
    me: str,
) -> EpochView:
    row, statement = epoch
    theirs = [(member, who) for member, who in members if member.scope_epoch_id == row.id]
    ids = {who.id for _, who in theirs}
    return EpochView(
        epoch=row.epoch,
        scope_epoch=statement.note,
        expires=row.expires_ms,
        members=[Named(id=who.id, name=who.name) for _, who in theirs],
        my_wrap=next((member.wrap for member, who in theirs if who.id == me), None),
        waiting=[reader for reader in certified if reader.person.id not in ids],
    )


def _waiting_reader(who: Person, standing: Standing, revoked: Sequence[Statement]) -> WaitingReader:
    statement = standing.staff_key
    return WaitingReader(
        person=Named(id=who.id, name=who.name),
        staff_key=None if statement is None else statement.note,
        staff_key_blind=None if statement is None else statement.blind,
        revocations=RevocationView.all_of(revoked),
    )


async def _staff_of(session: Session, access: ExamAccess) -> list[Person]:
    """Return who authors or reviews the exam, each once."""
    people: dict[str, Person] = {}
    for role in (Role.AUTHOR, Role.REVIEWER):
        for each in await accounts.people_in_course(session, access.course.id, role):
            people[each.id] = each
    return sorted(people.values(), key=lambda each: each.id)


@router.post("/scope", status_code=status.HTTP_201_CREATED, responses=MEMBER_REFUSALS)
async def open_exam_scope(
    access: AuthoredExam, wanted: NewEpoch, *, at: DeskOf, session: Session, now: Now
) -> ScopeView:
    """Begin the next epoch of the exam's key with its first members."""
    members = [await _member(session, access, each) for each in wanted.members]
    await scopes.open_epoch(at, scope_of(access), HandedIn(wanted.scope_epoch), members)
    return await get_exam_scope(access, session, now)


@router.post("/members", status_code=status.HTTP_201_CREATED, responses=MEMBER_REFUSALS)
async def add_exam_member(
    access: WorkedExam, wanted: NewMemberView, *, at: DeskOf, session: Session, now: Now
) -> ScopeView:
    """Give one more of the exam's staff the key to its recordings."""
    member = await _member(session, access, wanted)
    await scopes.add_member(at, scope_of(access), member)
    return await get_exam_scope(access, session, now)


async def _member(session: Session, access: ExamAccess, wanted: NewMemberView) -> scopes.NewMember:
    """Take a member in only if the exam is their business.

    Raises:
        StatementUntrusted: the person neither authors nor reviews the exam.
    """
    handed_in = HandedIn(wanted.note, wanted.blind)
    said = handed_in.statement
    staff = {each.id for each in await _staff_of(session, access)}
    if isinstance(said, MemberAddStatement) and said.person not in staff:
        raise StatementUntrusted("The new reader neither authors nor reviews this exam.")
    return scopes.NewMember(handed_in, wanted.wrap)
