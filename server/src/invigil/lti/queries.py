"""Every select of this room."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.accounts.models import Identity, Institution
from invigil.exams.models import Exam
from invigil.lti.models import LtiCourse, LtiDeployment, LtiForm, LtiLogin, LtiRegistration


async def registrations_of_issuer(
    session: AsyncSession, issuer: str, client_id: str | None
) -> Sequence[LtiRegistration]:
    """Return the registrations a login may mean: at most one when it names a client id."""
    statement = select(LtiRegistration).where(LtiRegistration.issuer == issuer)
    if client_id is not None:
        statement = statement.where(LtiRegistration.client_id == client_id)
    return (await session.scalars(statement.limit(2))).all()


async def registrations(
    session: AsyncSession, institution_id: str | None = None
) -> Sequence[LtiRegistration]:
    """Return the registrations of an institution (or of all), oldest first."""
    statement = select(LtiRegistration).order_by(LtiRegistration.id)
    if institution_id is not None:
        statement = statement.where(LtiRegistration.institution_id == institution_id)
    return (await session.scalars(statement)).all()


async def registration(
    session: AsyncSession, registration_id: str, institution_id: str | None = None
) -> LtiRegistration | None:
    """Return a registration, of this institution if one is named."""
    found = await session.get(LtiRegistration, registration_id)
    is_theirs = found is not None and institution_id in {None, found.institution_id}
    return found if is_theirs else None


async def pending(session: AsyncSession, institution_id: str) -> Sequence[LtiRegistration]:
    """Return the registrations of an institution that wait for approval."""
    found = await session.scalars(
        select(LtiRegistration).where(
            LtiRegistration.institution_id == institution_id, LtiRegistration.approved_ms.is_(None)
        )
    )
    return found.all()


async def lock_institution(session: AsyncSession, institution_id: str) -> None:
    """Let those who count registrations before they add one take turns."""
    await session.execute(
        select(Institution.id)
        .where(Institution.id == institution_id)
        .with_for_update(key_share=True)
    )


async def deployments(session: AsyncSession, registration_id: str) -> Sequence[LtiDeployment]:
    """Return the deployments of a registration, oldest first."""
    found = await session.scalars(
        select(LtiDeployment)
        .where(LtiDeployment.registration_id == registration_id)
        .order_by(LtiDeployment.created_ms, LtiDeployment.deployment_id)
    )
    return found.all()


async def login(session: AsyncSession, state_hash: str) -> LtiLogin | None:
    """Return what was written down at a login, used or not."""
    return await session.get(LtiLogin, state_hash)


async def form(session: AsyncSession, token_hash: str) -> LtiForm | None:
    """Return a form, used or not."""
    return await session.get(LtiForm, token_hash)


async def lms_course(session: AsyncSession, course_id: str) -> LtiCourse | None:
    """Return where the roster of a course is fetched, if it came from an LMS that has one."""
    return await session.get(LtiCourse, course_id)


async def institutions(session: AsyncSession) -> Sequence[Institution]:
    """Return the institutions of this server; two are enough to know that there are several."""
    return (await session.scalars(select(Institution).order_by(Institution.id).limit(2))).all()


async def exams_of_course(session: AsyncSession, course_id: str) -> Sequence[Exam]:
    """Return the exams of a course, newest first."""
    statement = select(Exam).where(Exam.course_id == course_id).order_by(Exam.id.desc())
    return (await session.scalars(statement.limit(200))).all()


async def people_by_sub(
    session: AsyncSession, found: LtiRegistration, subs: Sequence[str]
) -> dict[str, str]:
    """Return the person ids of those subjects of a platform that have been here before."""
    rows = await session.execute(
        select(Identity.sub, Identity.person_id).where(
            Identity.institution_id == found.institution_id,
            Identity.issuer == found.issuer,
            Identity.client_id == found.client_id,
            Identity.sub.in_(subs),
        )
    )
    return {sub: person_id for sub, person_id in rows}  # noqa: C416 - rows are not plain tuples
