"""Thirty first looks in the same moment: each is answered, and each is on record."""

import asyncio

import httpx
import pytest
from sqlalchemy import func, select

from invigil.app import create_app
from invigil.attempts.life import State
from invigil.audit.models import AuditRecord
from invigil.evidence.room import room
from invigil.kit import db
from invigil.kit.policy import Anyone
from invigil.kit.rooms import PortsOf
from server.tests.evidence.sitting import says
from server.tests.kit.test_edge import room_with

LOOKS = 30


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Who waits for a connection or a turn that cannot come should not make the test long."""
    monkeypatch.setattr(db, "TURN_TIMEOUT_S", 10)


@pytest.mark.parametrize("what", ["/evidence", "/leaves", "summaries"])
async def test_thirty_first_looks_at_once_are_all_answered(
    sit, world, course, exam, client, ports, what
):
    if what == "summaries":
        paths = [f"/api/exams/{exam.id}/summaries"] * LOOKS
    else:
        paths = [(await sit(State.RUNNING)).path + what for _ in range(LOOKS)]
    reviewers = [await world.reviewer(course) for _ in paths]

    answers = await asyncio.gather(
        *(
            client.get(path, headers=each.headers)
            for path, each in zip(paths, reviewers, strict=True)
        )
    )

    assert {answer.status_code for answer in answers} == {200}
    async with ports.database.transaction(writes=False) as session:
        looks = await session.scalar(
            select(func.count())
            .select_from(AuditRecord)
            .where(AuditRecord.action.in_(["evidence.fetch", "evidence.summaries"]))
        )
    assert looks == LOOKS


async def test_who_finds_no_connection_free_is_asked_to_come_back(
    settings, ports, evidence_settings, monkeypatch
):
    async def take_all(_: Anyone, ports: PortsOf) -> None:
        async with ports.database.transaction(writes=False) as session:
            await session.connection()
            await take_all(None, ports)

    app = create_app(settings, ports, [room(evidence_settings), room_with(take_all)])
    monkeypatch.setattr(ports.database.engine.pool, "_timeout", 0.2)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://test") as client,
    ):
        answer = await client.get("/api/test")

    assert says(answer) == (503, "busy")
