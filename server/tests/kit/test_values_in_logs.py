"""What people typed is in no log, also when the database refuses it."""

import io

import httpx
import pytest
import structlog
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from invigil.accounts.models import Institution
from invigil.accounts.schemas import Invite
from invigil.app import create_app
from invigil.exams.schemas import ExamPatch
from invigil.kit.db import Session
from invigil.kit.logs import set_up_logs
from invigil.kit.policy import Anyone
from server.tests.conftest import CurrentStderr
from server.tests.evidence.sitting import says
from server.tests.kit.test_edge import room_with

CANARY = "a canary in the coal mine"


@pytest.fixture
def logged():
    sink = io.StringIO()
    set_up_logs(sink)
    yield sink
    set_up_logs(CurrentStderr())


async def failing_with(settings, ports, work):
    """Let a route do `work` with the request's session; return the answer."""

    async def fail(_: Anyone, session: Session) -> None:
        await work(session)

    app = create_app(settings, ports, [room_with(fail)])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://test") as client:
        return await client.get("/api/test")


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("SELECT * FROM nowhere WHERE id = :value", CANARY),
        ("SELECT id FROM attempt WHERE id = :value", CANARY + "\ud800"),
        ("SELECT CAST(:value AS INTEGER) FROM nowhere", CANARY),
    ],
    ids=["statement", "not text", "not a number"],
)
async def test_what_the_database_refuses_is_logged_without_its_values(
    settings, ports, logged, statement, value
):
    answer = await failing_with(
        settings, ports, lambda session: session.execute(text(statement), {"value": value})
    )

    assert answer.status_code >= 500
    assert "/api/test" in logged.getvalue()
    assert CANARY not in logged.getvalue()


async def test_a_row_that_is_refused_is_not_in_the_log(ports, logged):
    try:
        async with ports.database.transaction() as session:
            session.add(Institution(id="0" * 26, slug="uni", name=CANARY, contact=""))
    except DBAPIError:
        structlog.get_logger().exception("job_failed")

    assert "job_failed" in logged.getvalue()
    assert CANARY not in logged.getvalue()


async def test_a_text_with_a_nul_is_refused_before_the_database_sees_it(client, world, logged):
    course = await world.course(await world.institution())
    author = await world.author(course)
    wanted = {"course_id": course.id, "title": f"{CANARY}\0"}

    answer = await client.post("/api/exams", json=wanted, headers=author.headers)

    assert says(answer) == (422, "request-invalid")
    assert CANARY not in logged.getvalue()
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("schema", "member"),
    [
        (ExamPatch, {"access_code": "a\0"}),
        (ExamPatch, {"settings": {"agreement_text": "a\0"}}),
        (ExamPatch, {"settings": {"quiz": {"launch_url": "https://a/\0"}}}),
        (ExamPatch, {"settings": {"quiz": {"exam_take": "a\0"}}}),
        (Invite, {"name": "a\0", "roles": ["administrator"]}),
    ],
)
def test_texts_that_people_type_hold_no_nul(schema, member):
    with pytest.raises(ValidationError, match="NUL"):
        schema.model_validate(member)
