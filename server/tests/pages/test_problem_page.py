"""A browser that is refused outside the API gets a page that a person can read."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter

from invigil.app import create_app
from invigil.kit.doors import ENTRANCE_PATHS, REGISTER_PATH, DoorLimits, Rate
from invigil.kit.policy import Anyone
from invigil.kit.problems import Internal, TooManyRequests
from invigil.kit.rooms import Ports, Room
from invigil.settings import Settings

# What stands here is the same over every database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

VISIT = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
DOORS_OF_PEOPLE = [path for path in (*ENTRANCE_PATHS, REGISTER_PATH) if path.startswith("/lti/")]


async def knock(client: httpx.AsyncClient, ports: Ports, path: str) -> httpx.Response:
    """Ask once where nobody may come in for the next seven seconds."""
    closed = Rate(burst=0, per_s=1 / 7)
    ports.doors.limits = DoorLimits(entrance=closed, registration=closed)
    return await client.get(path, headers=VISIT)


@pytest.mark.parametrize("path", DOORS_OF_PEOPLE)
async def test_who_comes_too_early_reads_a_page_that_says_when_to_come_again(
    client: httpx.AsyncClient, ports: Ports, path: str
) -> None:
    refused = await knock(client, ports, path)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert refused.headers["content-type"] == "text/html; charset=utf-8"
    assert f"<h1>{TooManyRequests.title}</h1>" in refused.text
    assert TooManyRequests.sentence in refused.text
    assert "Reload this page in 7 s." in refused.text
    assert "too-many-requests" in refused.text


async def test_the_page_shows_in_the_frame_of_an_lms_and_keeps_its_other_guards(
    client: httpx.AsyncClient, ports: Ports
) -> None:
    refused = await knock(client, ports, "/lti/launch")

    policy = refused.headers["content-security-policy"]
    assert "frame-ancestors *;" in policy
    assert "default-src 'none'" in policy
    assert refused.headers["cache-control"] == "no-store"
    assert not [tag for tag in ("<form", "<button", "<script") if tag in refused.text]


async def test_the_door_of_the_api_stays_a_document_for_every_caller(
    client: httpx.AsyncClient, ports: Ports
) -> None:
    refused = await knock(client, ports, "/api/launches/redeem")

    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too-many-requests"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing-here", 404),
        ("GET", "/lti/confirm", 405),
        ("GET", f"/lti/register?openid_configuration={'x' * 3000}", 422),
        ("POST", "/lti/launch", 413),
    ],
)
async def test_every_refusal_outside_the_api_is_a_page_for_a_browser_and_a_document_for_a_program(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    body = b"x" * (3 * 1024 * 1024) if status == 413 else b""

    page = await client.request(method, path, headers=VISIT, content=body)
    document = await client.request(method, path, content=body)

    assert (page.status_code, document.status_code) == (status, status)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-content-type-options"] == "nosniff"
    if status != 413:  # what /lti/launch itself finds too large is a page for everybody
        assert document.headers["content-type"] == "application/problem+json"


async def test_a_failure_of_ours_is_a_page_too(settings: Settings, ports: Ports) -> None:
    router = APIRouter()

    @router.get("/breaks")
    async def breaks(_: Anyone) -> None:
        raise RuntimeError

    app = create_app(settings, ports, [Room("test", (router,))])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://test") as client:
        failed = await client.get("/breaks", headers=VISIT)

    assert failed.status_code == 500
    assert Internal.sentence in failed.text
