"""Accepting roots and statements about staff: verified against the chain, then logged."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import Institution
from invigil.accounts.policy import StaffActor
from invigil.audit.service import Deed, record
from invigil.keys import log, queries
from invigil.keys.models import PersonKeys, RevokedKeys, Root, Statement
from invigil.keys.names import server_verifier, staff_name
from invigil.keys.standing import check_in_force, count_signatures, signed_by
from invigil.keys.statements import (
    AnyStatement,
    RootStatement,
    StaffKeys,
    StaffKeyStatement,
    StaffRevokeStatement,
    parse,
    recipient,
    text_hash,
    verifier,
)
from invigil.kit.ids import new_id
from invigil.kit.problems import (
    ChainBroken,
    KeysCertified,
    NotFound,
    StatementMalformed,
    StatementUntrusted,
)
from invigil.kit.signing import NoteMalformedError, SignedNote, SigningKey, parse_note

OTHER_CLOCK = (
    "The statement is older than one about the same keys that it has to follow. "
    "Check your computer's clock, then try again."
)
REVOKED = "These keys were revoked and stay so. Their owner has to make new ones."


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a statement is handed in: by whom, when, in which transaction, logged by which key."""

    session: AsyncSession
    actor: StaffActor
    server_key: SigningKey
    now_ms: int

    async def institution(self) -> Institution:
        return await self.session.get_one(Institution, self.actor.institution_id)


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A note as it came, with the blind of its commitment when it names a person."""

    note: str
    blind: bytes | None = None
    parsed: SignedNote = field(init=False)
    statement: AnyStatement = field(init=False)

    def __post_init__(self) -> None:
        """Parse the note; StatementMalformed or StatementUnsupported when that fails."""
        try:
            parsed = parse_note(self.note)
        except NoteMalformedError as error:
            raise StatementMalformed(str(error)) from error
        object.__setattr__(self, "parsed", parsed)
        object.__setattr__(self, "statement", parse(parsed.text))


async def accept_root(desk: Desk, handed_in: HandedIn) -> int:
    """Accept an institution's first or next root; return its serial.

    Raises:
        StatementUntrusted, StatementForged, ChainBroken, StatementMalformed: it is refused.
    """
    root = handed_in.statement
    if not isinstance(root, RootStatement):
        raise StatementMalformed("This is not a root.")
    institution = await desk.institution()
    _check_place(desk, root.institution)
    check_in_force(root.issued_ms, root.expires_ms, desk.now_ms)
    current = await queries.current_root(desk.session, institution.id)
    if current is None:
        await _check_first_root(desk, root)
    else:
        _check_next_root(handed_in.parsed, root, *current)
    if count_signatures(handed_in.parsed, root.root_keys) < root.threshold:
        raise StatementUntrusted("The root is not signed by enough of its own keys.")
    if server_verifier(desk.server_key, institution.slug) not in root.servers:
        raise StatementUntrusted("The root does not list this server's key.")
    index = await log.append(desk.session, institution, handed_in.note.encode(), desk.server_key)
    desk.session.add(
        Root(
            institution_id=institution.id,
            serial=root.serial,
            note=handed_in.note,
            expires_ms=root.expires_ms,
            log_index=index,
        )
    )
    _audit(desk, "keys.root", f"root/{root.serial}")
    return root.serial


async def _check_first_root(desk: Desk, root: RootStatement) -> None:
    if root.serial != 1 or root.previous is not None:
        raise ChainBroken("This institution has no root yet; the first one has serial 1.")
    mine = await queries.person_keys(desk.session, desk.actor.person_id)
    listed = root.administrator(desk.actor.person_id)
    if (
        mine is None
        or listed is None
        or (listed.key.vkey, listed.recipient)
        != (
            mine.vkey,
            mine.recipient,
        )
    ):
        raise StatementUntrusted("The first root has to list you as administrator, with your keys.")


def _check_next_root(
    note: SignedNote, root: RootStatement, before: SignedNote, previous: RootStatement
) -> None:
    if root.serial != previous.serial + 1 or root.previous != text_hash(before.text):
        raise ChainBroken
    if root.issued_ms < previous.issued_ms:
        raise ChainBroken("A root cannot be older than the one before it.")
    if count_signatures(note, previous.root_keys) < previous.threshold:
        raise StatementUntrusted("The root is not signed by enough keys of the previous root.")


async def name_keys(desk: Desk, vkey: str, sealed_to: str) -> None:
    """A person names the keys to be certified.

    Raises:
        KeysCertified: certified keys are never replaced silently.
        ChainBroken: one of the keys was revoked.
        StatementMalformed: the keys have another form or name.
    """
    actor = desk.actor
    verifier(vkey, staff_name(actor.institution_slug, actor.person_id))
    recipient(sealed_to)
    now = await queries.standing_of(
        desk.session, actor.institution_id, actor.person_id, desk.now_ms
    )
    row = await queries.person_keys(desk.session, actor.person_id)
    if row is not None and (row.vkey, row.recipient) == (vkey, sealed_to):
        return
    if now.certification == "certified":
        raise KeysCertified
    if await queries.were_revoked(desk.session, actor.person_id, vkey, sealed_to):
        raise ChainBroken(REVOKED)
    await desk.session.merge(
        PersonKeys(
            person_id=actor.person_id,
            institution_id=actor.institution_id,
            vkey=vkey,
            recipient=sealed_to,
            asked_ms=desk.now_ms,
            staff_key_id=None,
            certified_until_ms=None,
            revoked_ms=None,
        )
    )
    _audit(desk, "keys.name", f"person/{actor.person_id}")


async def accept_staff_key(desk: Desk, handed_in: HandedIn, said: StaffKeyStatement) -> Statement:
    """Certify the keys that a person named.

    Raises:
        NotFound: there is no such person here.
        StatementUntrusted, StatementForged: an administrator of the root did not sign it, or it
            names other keys than the person did.
    """
    row = await _keys_of(desk, said.institution, said.keys.person)
    check_in_force(said.issued_ms, said.expires_ms, desk.now_ms)
    signer = await _administrator_who_signed(desk, handed_in.parsed)
    if (row.vkey, row.recipient) != (said.keys.key.vkey, said.keys.recipient):
        raise StatementUntrusted("The statement names other keys than the person did. Reload.")
    if row.revoked_ms is not None:
        raise ChainBroken(REVOKED)
    await _check_newer_than_revocations(desk, said)
    statement = await log_statement(
        desk, handed_in, kind="staff-key", person_id=said.keys.person, signer=signer
    )
    row.staff_key_id, row.certified_until_ms = statement.id, said.expires_ms
    return statement


async def accept_staff_revoke(
    desk: Desk, handed_in: HandedIn, said: StaffRevokeStatement
) -> Statement:
    """Revoke a person's keys; those of an administrator whom the root lists, only a new root ends.

    Raises:
        NotFound: there is no such person here, or without keys.
        ChainBroken: the root itself lists the person.
        StatementUntrusted, StatementForged: an administrator of the root did not sign it, or it is
            older than the keys.
    """
    row = await _keys_of(desk, said.institution, said.person)
    check_in_force(said.issued_ms, None, desk.now_ms)
    signer = await _administrator_who_signed(desk, handed_in.parsed)
    found = await queries.standing_of(
        desk.session, desk.actor.institution_id, said.person, desk.now_ms
    )
    if found.is_in_root:
        raise ChainBroken("The root itself names this person's keys: only a new root ends them.")
    if found.staff_key is not None and _issued_ms(found.staff_key) > said.issued_ms:
        raise StatementUntrusted(OTHER_CLOCK)
    statement = await log_statement(
        desk, handed_in, kind="staff-revoke", person_id=said.person, signer=signer
    )
    row.revoked_ms = desk.now_ms
    desk.session.add(
        RevokedKeys(
            statement_id=statement.id,
            person_id=row.person_id,
            vkey=row.vkey,
            recipient=row.recipient,
        )
    )
    return statement


async def _check_newer_than_revocations(desk: Desk, said: StaffKeyStatement) -> None:
    """A revocation ends what was issued up to its own time, whichever was handed in first."""
    institution_id, person_id = desk.actor.institution_id, said.keys.person
    revoked = await queries.revocations(desk.session, institution_id, [person_id])
    if any(_issued_ms(each) >= said.issued_ms for each in revoked[person_id]):
        raise StatementUntrusted(OTHER_CLOCK)


def _issued_ms(stored: Statement) -> int:
    said = parse(parse_note(stored.note).text)
    assert isinstance(said, StaffKeyStatement | StaffRevokeStatement)
    return said.issued_ms


async def _keys_of(desk: Desk, institution: str, person_id: str) -> PersonKeys:
    _check_place(desk, institution)
    row = await queries.person_keys(desk.session, person_id)
    if row is None or row.institution_id != desk.actor.institution_id:
        raise NotFound
    return row


def _check_place(desk: Desk, institution: str) -> None:
    if institution != desk.actor.institution_slug:
        raise StatementUntrusted("The statement is about another institution.")


async def _administrator_who_signed(desk: Desk, note: SignedNote) -> StaffKeys:
    current = await queries.current_root(desk.session, desk.actor.institution_id)
    if current is None or current[1].expires_ms <= desk.now_ms:
        raise StatementUntrusted("The institution has no root in force.")
    return signed_by(note, current[1].administrators)


async def log_statement(
    desk: Desk, handed_in: HandedIn, *, kind: str, person_id: str | None, signer: StaffKeys
) -> Statement:
    """Put an accepted statement into the key log: a commitment when it names a person.

    Raises:
        StatementMalformed: the blind is not 32 bytes, or one came with a statement without a name.
    """
    has_blind = handed_in.blind is not None and len(handed_in.blind) == log.BLIND_BYTES
    if has_blind != (person_id is not None) or (handed_in.blind and not has_blind):
        raise StatementMalformed("A statement that names a person comes with 32 random bytes.")
    data = handed_in.note.encode()
    if handed_in.blind is not None:
        data = log.commitment(handed_in.blind, handed_in.note)
    index = await log.append(desk.session, await desk.institution(), data, desk.server_key)
    statement = Statement(
        id=new_id(desk.now_ms),
        institution_id=desk.actor.institution_id,
        kind=kind,
        person_id=person_id,
        signer_id=signer.person,
        note=handed_in.note,
        blind=handed_in.blind,
        log_index=index,
        accepted_ms=desk.now_ms,
    )
    desk.session.add(statement)
    await desk.session.flush()
    _audit(desk, f"keys.{kind}", f"statement/{statement.id}")
    return statement


def _audit(desk: Desk, action: str, subject: str) -> None:
    deed = Deed(desk.actor.institution_id, desk.actor.person_id, action, subject)
    record(desk.session, deed, desk.now_ms)
