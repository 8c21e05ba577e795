"""Forms of our own pages: each carries a token that works once, for ten minutes, for one purpose.

The pages stand in frames where we have no cookie, so the token is all there is; it is in the page
and nowhere else, and the request must come from our own origin.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.kit.db import rows_changed
from invigil.lti import queries
from invigil.lti.binding import hash_of, new_secret
from invigil.lti.models import LtiForm
from invigil.lti.refusals import Refusal, Refused

LIFE_MS: Final = 600_000


class FormKind(StrEnum):
    """What a form is for. A token of one kind is no good for another."""

    WINDOW = "window"
    CONFIRM = "confirm"
    BIND = "bind"
    PICK = "pick"


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True)


class Visit(_Content):
    """Somebody at our door, verified, whose browser is not: everything a launch page needs."""

    institution_id: str
    person_id: str
    is_staff: bool
    course_id: str
    exam_id: str
    return_url: str | None = None
    course_root: str | None = None
    """The institution's fingerprint as the course names it; the extension compares it."""
    binding_hash: str = ""


class Picking(_Content):
    """A teacher who picks an exam for a course (deep linking)."""

    institution_id: str
    person_id: str
    course_id: str
    deployment_id: str
    return_url: str
    answer_data: str | None = None
    quiz_url: str | None = None


C = TypeVar("C", bound=_Content)


async def issue(
    session: AsyncSession, kind: FormKind, content: _Content, *, registration_id: str, now_ms: int
) -> str:
    """Keep what a form is about and return its token."""
    token = new_secret()
    session.add(
        LtiForm(
            token_hash=hash_of(token),
            kind=kind.value,
            registration_id=registration_id,
            content=content.model_dump(),
            expires_ms=now_ms + LIFE_MS,
            used_ms=None,
        )
    )
    await session.flush()
    return token


async def consume(
    session: AsyncSession, token: str, kind: FormKind, content: type[C], *, now_ms: int
) -> tuple[str, C]:
    """Use up a form; return (registration id, what it is about). Of several at once one succeeds.

    Raises:
        Refused: it is unknown, of another kind, used or too old.
    """
    token_hash = hash_of(token)
    taken = await rows_changed(
        session.execute(
            update(LtiForm)
            .where(
                LtiForm.token_hash == token_hash,
                LtiForm.kind == kind.value,
                LtiForm.used_ms.is_(None),
                LtiForm.expires_ms > now_ms,
            )
            .values(used_ms=now_ms)
        )
    )
    row = await queries.form(session, token_hash)
    if row is None or not taken:
        raise Refused(Refusal.FORM_USED, kind.value)
    return row.registration_id, content.model_validate(row.content)
