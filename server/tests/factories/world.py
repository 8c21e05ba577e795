"""A small university in the test's database, one transaction for each thing asked for."""

from __future__ import annotations

from dataclasses import dataclass

from invigil.accounts.models import Institution, Person
from invigil.accounts.roles import Grant, Role
from invigil.attempts.life import State
from invigil.attempts.models import Attempt
from invigil.exams.access_codes import AccessCodes
from invigil.exams.models import Course, Exam
from invigil.exams.settings import ExamSettings
from invigil.kit.rooms import Ports
from invigil.kit.tokens import AttemptToken
from server.tests.factories import accounts, attempts, exams
from server.tests.fakes import FakeClock

HOUR_MS = 3_600_000


@dataclass
class Staffer:
    """Somebody who is signed in."""

    person: Person
    headers: dict[str, str]


class World:
    """Arranges a test in three lines; everything goes through the rooms' own code."""

    def __init__(self, ports: Ports, clock: FakeClock) -> None:
        self.ports = ports
        self.clock = clock

    @property
    def now(self) -> int:
        return self.clock.now_ms()

    async def institution(self, slug: str = "demo") -> Institution:
        async with self.ports.database.transaction() as session:
            return await accounts.make_institution(session, self.now, slug=slug)

    async def course(self, institution: Institution) -> Course:
        async with self.ports.database.transaction() as session:
            return await exams.make_course(session, institution, self.now)

    async def exam(self, course: Course, settings: ExamSettings | None = None) -> Exam:
        async with self.ports.database.transaction() as session:
            codes = AccessCodes(self.ports.table_secret)
            return await exams.make_exam(session, course, self.now, settings=settings, codes=codes)

    async def person(self, institution: Institution, *grants: Grant) -> Person:
        async with self.ports.database.transaction() as session:
            return await accounts.make_person(session, institution, self.now, *grants)

    async def staffer(self, institution: Institution, *grants: Grant) -> Staffer:
        """Somebody with these roles, signed in."""
        async with self.ports.database.transaction() as session:
            person = await accounts.make_person(session, institution, self.now, *grants)
            token = await accounts.make_staff_token(session, person, self.now)
        return Staffer(person, bearer(token))

    async def administrator(self, institution: Institution) -> Staffer:
        return await self.staffer(institution, Grant(Role.ADMINISTRATOR))

    async def author(self, course: Course) -> Staffer:
        """An author who is also a reviewer, as an instructor from an LMS is."""
        institution = await self._institution_of(course)
        grants = (Grant(Role.AUTHOR, course.id), Grant(Role.REVIEWER, course.id))
        return await self.staffer(institution, *grants)

    async def reviewer(self, course: Course) -> Staffer:
        institution = await self._institution_of(course)
        return await self.staffer(institution, Grant(Role.REVIEWER, course.id))

    async def launch(self, person: Person, exam: Exam | None = None) -> str:
        async with self.ports.database.transaction() as session:
            exam_id = None if exam is None else exam.id
            return await accounts.make_launch(session, person, self.now, exam_id=exam_id)

    async def attempt(
        self,
        exam: Exam,
        candidate: Person | None = None,
        *,
        state: State = State.CREATED,
        is_opened: bool = False,
        number: int = 1,
    ) -> Attempt:
        async with self.ports.database.transaction() as session:
            if candidate is None:
                institution = await session.get_one(Institution, exam.institution_id)
                candidate = await accounts.make_person(session, institution, self.now)
            return await attempts.make_attempt(
                session,
                exam,
                candidate,
                self.now,
                state=state,
                is_opened=is_opened,
                number=number,
            )

    def attempt_headers(self, attempt: Attempt, *, generation: int | None = None) -> dict[str, str]:
        """The header that an attempt's candidate sends."""
        token = AttemptToken(attempt.id, generation or attempt.generation, self.now + 24 * HOUR_MS)
        return bearer(self.ports.attempt_tokens.issue(token))

    async def person_of(self, attempt: Attempt) -> Person:
        """The candidate of an attempt."""
        async with self.ports.database.transaction(writes=False) as session:
            return await session.get_one(Person, attempt.person_id)

    async def _institution_of(self, course: Course) -> Institution:
        async with self.ports.database.transaction(writes=False) as session:
            return await session.get_one(Institution, course.institution_id)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
