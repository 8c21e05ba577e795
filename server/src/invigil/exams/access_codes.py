"""The access codes of quizzes: sealed in the table, opened for authors and running attempts.

The extension hands the code in at the quiz, so the server has to know it and a hash would not do.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from invigil.exams import queries
from invigil.exams.models import Exam
from invigil.kit.datadir import StartRefusedError
from invigil.kit.problems import AccessCodeUnreadable
from invigil.kit.rooms import PortsOf
from invigil.kit.table_seal import SealBrokenError, TableSeal

COLUMN = "exam.access_code"


class AccessCodes:
    """Puts access codes into exams and takes them out again."""

    def __init__(self, table_secret: bytes) -> None:
        self._seal = TableSeal(table_secret, COLUMN)

    def put(self, exam: Exam, code: str) -> None:
        """Let the exam have this code; empty for none."""
        exam.sealed_access_code = self._seal.seal(code, exam.id) if code else None

    def of(self, exam: Exam) -> str:
        """Return the exam's code, empty when it has none.

        Raises:
            AccessCodeUnreadable: it was sealed with another secret, or for another exam.
        """
        if exam.sealed_access_code is None:
            return ""
        try:
            return self._seal.open(exam.sealed_access_code, exam.id)
        except SealBrokenError as error:
            raise AccessCodeUnreadable from error

    def is_readable(self, exam: Exam) -> bool:
        """Say whether :meth:`of` has an answer."""
        try:
            self.of(exam)
        except AccessCodeUnreadable:
            return False
        return True


async def get_access_codes(ports: PortsOf) -> AccessCodes:
    """Hand the codes to a route. Async, or FastAPI would use a thread for it."""
    return AccessCodes(ports.table_secret)


AccessCodesOf = Annotated[AccessCodes, Depends(get_access_codes)]


async def check_secret(session: AsyncSession, codes: AccessCodes) -> None:
    """See that the secret in `keys/` is the one that the database's codes were sealed with.

    One damaged code among others is no reason to stand still: its exam says so by itself.

    Raises:
        StartRefusedError: not one of them opens.
    """
    sealed = await queries.exams_with_access_code(session)
    if sealed and not any(map(codes.is_readable, sealed)):
        raise StartRefusedError(
            "The access codes in the database were sealed with another secret than this server's "
            "keys/tables.secret. Restore the keys directory from the backup that belongs to this "
            "database. If it is lost, run `invigil exams discard-codes`; then the authors enter "
            "their codes again."
        )


async def discard_unreadable(session: AsyncSession, codes: AccessCodes) -> list[Exam]:
    """Forget the codes that do not open; return the exams that have none now."""
    sealed = await queries.exams_with_access_code(session)
    lost = [exam for exam in sealed if not codes.is_readable(exam)]
    for exam in lost:
        codes.put(exam, "")
    return lost
