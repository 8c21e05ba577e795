"""Whose keys are certified: the chain of sealed.md §6.6, from the current root down. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from invigil.keys.models import PersonKeys, Statement
from invigil.keys.statements import RootStatement, StaffKeys
from invigil.kit.problems import CertificationNeeded, StatementForged, StatementUntrusted
from invigil.kit.signing import NoteForgedError, SignedNote, VerifierKey

Certification = Literal["none", "pending", "certified", "revoked"]
CLOCK_SKEW_MS = 5 * 60_000


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's keys and whether the institution stands behind them.

    `staff_key` is the statement that certifies them; None when the root itself does.
    `revoked_ms` is when an administrator ended them.
    """

    person_id: str
    certification: Certification
    keys: StaffKeys | None = None
    staff_key: Statement | None = None
    is_in_root: bool = False
    revoked_ms: int | None = None

    def certified_keys(self) -> StaffKeys:
        """Return the keys.

        Raises:
            CertificationNeeded: they are not certified now.
        """
        if self.certification != "certified" or self.keys is None:
            raise CertificationNeeded
        return self.keys


def standing(
    person_id: str,
    root: RootStatement | None,
    row: PersonKeys | None,
    *,
    staff_key: Statement | None,
    now_ms: int,
) -> Standing:
    """Decide where a person stands: the root first, then a staff-key statement."""
    if row is None:
        return Standing(person_id, "none")
    keys = StaffKeys(person_id, VerifierKey.parse(row.vkey), row.recipient)
    if root is not None and root.expires_ms > now_ms and root.administrator(person_id) == keys:
        return Standing(person_id, "certified", keys, is_in_root=True)
    if row.revoked_ms is not None:
        return Standing(person_id, "revoked", keys, revoked_ms=row.revoked_ms)
    if _holds(root, row, staff_key, now_ms):
        return Standing(person_id, "certified", keys, staff_key)
    return Standing(person_id, "pending", keys)


def _holds(
    root: RootStatement | None, row: PersonKeys, staff_key: Statement | None, now_ms: int
) -> bool:
    """Say whether the statement is in force and its signer still an administrator."""
    return (
        root is not None
        and staff_key is not None
        and root.expires_ms > now_ms
        and (row.certified_until_ms or 0) > now_ms
        and root.administrator(staff_key.signer_id) is not None
    )


def signed_by(note: SignedNote, known: tuple[StaffKeys, ...]) -> StaffKeys:
    """Return which of these people signed a note.

    Raises:
        StatementForged: a signature under one of their names does not verify.
        StatementUntrusted: none of them did.
    """
    try:
        signers = note.signers([each.key for each in known])
    except NoteForgedError as error:
        raise StatementForged from error
    for each in known:
        if each.key in signers:
            return each
    raise StatementUntrusted("Nobody who may do so signed this statement. Nothing was stored.")


def count_signatures(note: SignedNote, keys: tuple[VerifierKey, ...]) -> int:
    """Return how many of these keys signed.

    Raises:
        StatementForged: a signature of one of them does not verify.
    """
    try:
        return len(note.signers(keys))
    except NoteForgedError as error:
        raise StatementForged from error


def check_in_force(issued_ms: int, expires_ms: int | None, now_ms: int) -> None:
    """Accept a statement whose time has come and is not over.

    Raises:
        StatementUntrusted: it is from the future, or expired.
    """
    if issued_ms > now_ms + CLOCK_SKEW_MS or (expires_ms is not None and expires_ms <= now_ms):
        raise StatementUntrusted("The statement is not in force now. Check your computer's clock.")
