"""Keyrings and the root's backup: age files that only their owner can open (sealed.md §10)."""

from __future__ import annotations

import re

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.keys.agefile import check_passkey_file, check_phrase_file
from invigil.keys.models import KeyFile
from invigil.kit.db import rows_changed
from invigil.kit.problems import NotFound

METHOD_PATTERN = r"^(phrase|passkey-[A-Za-z0-9_-]{1,350})$"
ROOT_BACKUP = "root-1"
_METHOD = re.compile(METHOD_PATTERN)


async def store(
    session: AsyncSession, person_id: str, method: str, *, file: bytes, now_ms: int
) -> None:
    """Store a key file for one unlock method; the last one counts.

    Raises:
        KeyFileRefused: the method's rule is not kept.
    """
    if method.startswith("passkey-"):
        check_passkey_file(file)
    else:
        check_phrase_file(file)
    await session.merge(KeyFile(person_id=person_id, method=method, body=file, changed_ms=now_ms))


async def remove(session: AsyncSession, person_id: str, method: str) -> None:
    """Forget a key file.

    Raises:
        NotFound: there is none.
    """
    gone = await rows_changed(
        session.execute(
            delete(KeyFile).where(KeyFile.person_id == person_id, KeyFile.method == method)
        )
    )
    if not gone:
        raise NotFound


def is_keyring(file: KeyFile) -> bool:
    """Say whether a key file is a keyring (and not the root's backup)."""
    return _METHOD.fullmatch(file.method) is not None
