"""A data directory with one exam and as many running attempts as the bench needs."""

from __future__ import annotations

import asyncio
import time
from argparse import ArgumentParser
from pathlib import Path

from bench.ingest.recipes import CANDIDATES_FILE
from invigil.app import build_ports
from invigil.attempts.life import State
from invigil.exams.settings import ExamSettings
from invigil.kit.migrate import upgrade
from invigil.settings import Settings
from server.tests.factories import accounts, attempts, exams


async def seed(directory: Path, count: int) -> None:
    """Create the tables, the exam and `count` attempts; list the attempts' ids in a file."""
    ports = build_ports(Settings(data_dir=directory))
    await upgrade(ports.database, ports.table_secret)
    now_ms = time.time_ns() // 1_000_000
    async with ports.database.transaction() as session:
        institution = await accounts.make_institution(session, now_ms, slug="bench")
        course = await exams.make_course(session, institution, now_ms)
        exam = await exams.make_exam(session, course, now_ms, settings=ExamSettings())
        ids = []
        for _ in range(count):
            person = await accounts.make_person(session, institution, now_ms)
            attempt = await attempts.make_attempt(
                session, exam, person, now_ms, state=State.RUNNING, is_opened=True
            )
            ids.append(attempt.id)
    await ports.database.close()
    (directory / CANDIDATES_FILE).write_text("\n".join(ids))


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    asyncio.run(seed(options.dir, options.count))
