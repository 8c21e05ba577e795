"""Access codes: handed to those who need them, and nowhere to be read in the database."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, select, text

from invigil.attempts.life import State
from invigil.exams import access_codes
from invigil.exams.access_codes import AccessCodes
from invigil.exams.models import Exam
from invigil.kit.datadir import StartRefusedError
from invigil.kit.migrate import config, upgrade
from invigil.kit.problems import AccessCodeUnreadable

CODE = "canary-code-5521"
LOST = AccessCodes(bytes(32))
"""What a server would work with whose secret is another one."""


@pytest.fixture
async def course(world):
    return await world.course(await world.institution())


@pytest.fixture
async def exam(client, world, course):
    """An exam whose author typed the code in."""
    exam = await world.exam(course)
    author = await world.author(course)
    typed = {"access_code": CODE}
    answer = await client.patch(f"/api/exams/{exam.id}", json=typed, headers=author.headers)
    assert answer.json()["access_code"] == CODE
    return exam


@pytest.fixture
def codes(ports):
    return AccessCodes(ports.table_secret)


async def everything_in(database) -> bytes:
    """All rows of all tables, and for SQLite the bytes of the file and of its journal."""
    async with database.engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        rows = [await connection.execute(text(f'SELECT * FROM "{name}"')) for name in names]
        found = b"".join(repr(tuple(row)).encode() for table in rows for row in table)
    if database.is_sqlite:
        file = Path(database.engine.url.database)
        parts = sorted(file.parent.glob(f"{file.name}*"))
        assert f"{file.name}-wal" in {part.name for part in parts}
        found += b"".join(part.read_bytes() for part in parts)
    return found


async def set_sealed(ports, exam_id, sealed) -> None:
    async with ports.database.transaction() as session:
        (await session.get_one(Exam, exam_id)).sealed_access_code = sealed


async def exam_as_stored(ports, exam_id) -> Exam:
    async with ports.database.transaction(writes=False) as session:
        return await session.get_one(Exam, exam_id)


async def test_the_database_holds_no_access_code(ports, exam, codes):
    kept = await everything_in(ports.database)

    assert exam.title.encode() in kept
    assert CODE.encode() not in kept
    assert CODE.encode().hex().encode() not in kept
    assert codes.of(await exam_as_stored(ports, exam.id)) == CODE


async def test_the_same_code_twice_is_two_different_seals(ports, exam, codes):
    first = (await exam_as_stored(ports, exam.id)).sealed_access_code
    again = Exam(id=exam.id)
    codes.put(again, CODE)

    assert again.sealed_access_code != first
    assert codes.of(again) == CODE


async def test_an_exam_without_a_code_has_nothing_sealed(client, ports, world, course, exam):
    author = await world.author(course)
    cleared = await client.patch(
        f"/api/exams/{exam.id}", json={"access_code": ""}, headers=author.headers
    )

    assert cleared.json()["access_code"] == ""
    assert (await exam_as_stored(ports, exam.id)).sealed_access_code is None


async def test_a_code_in_another_exams_row_does_not_open(client, ports, world, course, exam):
    sealed = (await exam_as_stored(ports, exam.id)).sealed_access_code
    other = await world.exam(course)
    await set_sealed(ports, other.id, sealed)
    author = await world.author(course)
    attempt = await world.attempt(other, state=State.READY, is_opened=True)

    seen = await client.get(f"/api/exams/{other.id}", headers=author.headers)
    started = await client.post(
        f"/api/attempts/{attempt.id}/start", json={}, headers=world.attempt_headers(attempt)
    )

    assert (seen.status_code, seen.json()["code"]) == (409, "access-code-unreadable")
    assert (started.status_code, started.json()["code"]) == (409, "access-code-unreadable")
    assert CODE not in seen.text + started.text


async def test_a_reviewer_looks_at_an_exam_whatever_became_of_its_code(
    client, ports, world, course, exam
):
    await set_sealed(ports, exam.id, b"\x01damaged")
    reviewer = await world.reviewer(course)

    seen = await client.get(f"/api/exams/{exam.id}", headers=reviewer.headers)

    assert (seen.status_code, seen.json()["access_code"]) == (200, None)


@pytest.mark.parametrize("place", [0, 1, 13, -1])
async def test_a_changed_byte_does_not_open(codes, place):
    exam = Exam(id="0" * 26)
    codes.put(exam, CODE)
    changed = bytearray(exam.sealed_access_code)
    changed[place] ^= 1
    exam.sealed_access_code = bytes(changed)

    with pytest.raises(AccessCodeUnreadable):
        codes.of(exam)


async def test_another_secret_refuses_the_start_and_says_what_to_do(ports, exam, codes):
    async with ports.database.transaction(writes=False) as session:
        await access_codes.check_secret(session, codes)
        with pytest.raises(StartRefusedError) as refused:
            await access_codes.check_secret(session, LOST)

    assert "Restore the keys directory" in str(refused.value)
    assert "invigil exams discard-codes" in str(refused.value)


async def test_one_damaged_code_among_others_does_not_refuse_the_start(ports, world, course, exam):
    codes = AccessCodes(ports.table_secret)
    other = await world.exam(course)
    await set_sealed(ports, other.id, b"\x01damaged")

    async with ports.database.transaction(writes=False) as session:
        await access_codes.check_secret(session, codes)
    async with ports.database.transaction() as session:
        lost = await access_codes.discard_unreadable(session, codes)

    assert [each.id for each in lost] == [other.id]
    assert codes.of(await exam_as_stored(ports, exam.id)) == CODE
    assert codes.of(await exam_as_stored(ports, other.id)) == ""


async def go_back_before_seals(ports) -> None:
    def go(sync):
        command.downgrade(config(sync, ports.table_secret), "0004")

    async with ports.database.engine.begin() as connection:
        await connection.run_sync(go)


async def test_a_migration_seals_what_was_in_clear_and_leaves_none_behind(
    ports, world, course, exam, codes
):
    bare = await world.exam(course)
    await set_sealed(ports, bare.id, None)
    await go_back_before_seals(ports)
    async with ports.database.transaction(writes=False) as session:
        in_clear = dict((await session.execute(text("SELECT id, access_code FROM exam"))).all())
    before = await everything_in(ports.database)

    await upgrade(ports.database, ports.table_secret)

    assert in_clear == {exam.id: CODE, bare.id: ""}
    assert CODE.encode() in before
    assert CODE.encode() not in await everything_in(ports.database)
    async with ports.database.transaction(writes=False) as session:
        found = {each.id: codes.of(each) for each in await session.scalars(select(Exam))}
    assert found == {exam.id: CODE, bare.id: ""}
