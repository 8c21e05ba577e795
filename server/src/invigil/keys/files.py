"""Keyrings and the root's backup: age files that only their owner can open (sealed.md §10)."""

from __future__ import annotations

import re

from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.policy import StaffActor
from invigil.audit.service import Deed, record
from invigil.keys import earlier
from invigil.keys.agefile import check_passkey_file, check_phrase_file
from invigil.keys.models import KeyFile
from invigil.kit.problems import NotFound

METHOD_PATTERN = r"^(phrase|passkey-[A-Za-z0-9_-]{1,350})$"
ROOT_BACKUP = "root-1"
_METHOD = re.compile(METHOD_PATTERN)


async def store(
    session: AsyncSession, owner: StaffActor, method: str, *, file: bytes, now_ms: int
) -> None:
    """Store a key file for one unlock method; the last one counts, the one before is kept.

    Raises:
        KeyFileRefused: the method's rule is not kept, or the files were changed very often.
    """
    if method.startswith("passkey-"):
        check_passkey_file(file)
    else:
        check_phrase_file(file)
    known = await session.get(KeyFile, (owner.person_id, method), with_for_update=True)
    if known is not None and known.body == file:
        return
    if known is not None:
        await earlier.keep_file(session, known, now_ms)
    await session.merge(
        KeyFile(person_id=owner.person_id, method=method, body=file, changed_ms=now_ms)
    )
    record(session, _deed(owner, "store", method), now_ms)


async def remove(session: AsyncSession, owner: StaffActor, method: str, now_ms: int) -> None:
    """Take a key file away; it is kept for a while, handed to nobody.

    Raises:
        NotFound: there is none.
        KeyFileRefused: the files were changed very often.
    """
    known = await session.get(KeyFile, (owner.person_id, method), with_for_update=True)
    if known is None:
        raise NotFound
    await earlier.keep_file(session, known, now_ms)
    await session.delete(known)
    record(session, _deed(owner, "remove", method), now_ms)


def _deed(owner: StaffActor, verb: str, method: str) -> Deed:
    """Return what goes on record: an owner who is locked out learns when that began."""
    subject = f"person/{owner.person_id}"
    return Deed(
        owner.institution_id, owner.person_id, f"keys.file-{verb}", subject, {"method": method}
    )


def is_keyring(file: KeyFile) -> bool:
    """Say whether a key file is a keyring (and not the root's backup)."""
    return _METHOD.fullmatch(file.method) is not None
