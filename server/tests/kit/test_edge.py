"""The edge of the app: policies, headers, CORS, problems, logs."""

from __future__ import annotations

import io
import json
import logging

import httpx
import pytest
from fastapi import APIRouter
from sqlalchemy import select, text
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from invigil.accounts.models import Institution
from invigil.app import create_app
from invigil.kit.db import Session
from invigil.kit.logs import set_up_logs
from invigil.kit.policy import Anyone, UnguardedRouteError, policies
from invigil.kit.rooms import Room
from server.tests.conftest import EXTENSION_ID, CurrentStderr
from server.tests.factories.accounts import make_institution
from server.tests.factories.world import bearer

# What stands here is the same over every database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ORIGIN = f"chrome-extension://{EXTENSION_ID}"


def room_with(endpoint) -> Room:
    router = APIRouter()
    router.add_api_route("/api/test", endpoint)
    return Room("test", (router,))


async def test_every_route_says_who_may_call_it(app):
    found = dict(policies(app.routes))

    assert found["GET /api/audit"] == "administrator"
    assert all(found.values())


async def test_a_route_without_a_policy_does_not_start(settings, ports):
    async def open_to_all() -> str:
        return "hello"

    with pytest.raises(UnguardedRouteError, match="GET /api/test"):
        create_app(settings, ports, [room_with(open_to_all)])


async def test_a_plain_route_without_a_policy_does_not_start(settings, ports):
    router = APIRouter()
    router.routes.append(Route("/plain", lambda _: PlainTextResponse("hello")))

    with pytest.raises(UnguardedRouteError, match="/plain"):
        create_app(settings, ports, [Room("test", (router,))])


async def test_operation_ids_are_the_names_of_functions_and_differ(app):
    operations = [each for path in app.openapi()["paths"].values() for each in path.values()]
    ids = [each["operationId"] for each in operations]

    assert len(ids) == len(set(ids))
    assert "redeem_launch" in ids


async def test_all_answers_have_security_headers(client):
    for url in ("/healthz", "/nothing-here", "/api/me"):
        headers = (await client.get(url)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_errors_are_problem_documents(client):
    answer = await client.get("/nothing-here")

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "https://invigil.dev/problems/not-found"


@pytest.mark.parametrize(
    ("method", "url", "code"),
    [("DELETE", "/healthz", "method-not-allowed"), ("GET", "/api/exams/UPPER", "sign-in-needed")],
)
async def test_the_frameworks_own_errors_are_problems_too(client, method, url, code):
    answer = await client.request(method, url)

    assert answer.json()["code"] == code


async def test_a_malformed_body_is_a_problem_that_repeats_nothing_of_it(client):
    answer = await client.post(
        "/api/launches/redeem",
        json={"token": "ilt1.secret" * 100, "client_version": 1, "hidden": "canary"},
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")
    assert {each["field"] for each in answer.json()["fields"]} == {
        "body.token",
        "body.client_version",
        "body.hidden",
    }
    assert "secret" not in answer.text


async def test_a_body_that_is_too_large_is_refused(client):
    async def in_pieces():
        for _ in range(48):
            yield b"x" * 65_536

    for content in (b"x" * (3 * 1024 * 1024), in_pieces()):
        answer = await client.post("/api/launches/redeem", content=content)

        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_an_unforeseen_failure_is_a_problem_without_its_reason(settings, ports):
    async def fail(_: Anyone) -> str:
        raise RuntimeError("canary")

    app = create_app(settings, ports, [room_with(fail)])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://test") as client:
        answer = await client.get("/api/test", headers={"Origin": ORIGIN})

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "canary" not in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


async def test_a_full_disk_under_the_database_is_said_and_nothing_is_lost(settings, ports, world):
    async def fill(_: Anyone, session: Session) -> None:
        await session.execute(text("PRAGMA max_page_count=1"))  # as if the disk ended here
        for number in range(500):
            await make_institution(session, 0, slug=f"place-{number}")

    router = APIRouter()
    router.add_api_route("/api/test", fill, methods=["POST"])
    app = create_app(settings, ports, [Room("test", (router,))])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://test") as client:
        answer = await client.post("/api/test")

    assert (answer.status_code, answer.json()["code"]) == (503, "disk-full")
    assert answer.headers["Retry-After"] == "30"
    async with ports.database.transaction(writes=False) as session:
        assert (await session.scalars(select(Institution))).all() == []


async def test_the_api_answers_the_configured_extension_only(client):
    async def allowed(origin: str, url: str = "/api/me") -> str | None:
        answer = await client.get(url, headers={"Origin": origin})
        found: str | None = answer.headers.get("Access-Control-Allow-Origin")
        return found

    assert await allowed(ORIGIN) == ORIGIN
    assert await allowed("https://evil.example.org") is None
    assert await allowed("chrome-extension://" + "p" * 32) is None
    assert await allowed(ORIGIN, "/healthz") is None


async def test_logs_hold_neither_tokens_nor_query_strings(client, world, request):
    administrator = await world.administrator(await world.institution())
    token = administrator.headers["Authorization"].removeprefix("Bearer ")
    sink = io.StringIO()
    set_up_logs(sink)
    request.addfinalizer(lambda: set_up_logs(CurrentStderr()))

    await client.get(f"/healthz?token={token}")
    await client.get("/api/me", headers=administrator.headers)
    await client.get("/api/me", headers=bearer("iat1.abc.def"))
    logging.getLogger("careless").warning("got %s from https://lms.example.org/?code=7", token)

    lines = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert [each["path"] for each in lines if each["event"] == "request"] == [
        "/healthz",
        "/api/me",
        "/api/me",
    ]
    assert lines[-1]["event"] == "got [token] from https://lms.example.org/?…"
    assert token not in sink.getvalue()
