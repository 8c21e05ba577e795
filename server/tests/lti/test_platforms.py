"""Judged by others: platforms we did not write launch us, read our answers and hand out tokens."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from invigil.lti.models import LtiRegistration
from server.tests.fakes import FakeClock
from server.tests.lti.lms import Asked, Lms, form_token, launch_token
from server.tests.lti.platforms.environments import PlatformProcess, platform_process

OURS = "https://invigil.example.org"
pytestmark = pytest.mark.usefixtures("tool_keys")


@pytest.fixture
def clock() -> FakeClock:
    """The platforms go by the machine's clock, so the server does too."""
    return FakeClock(time.time_ns() // 1_000_000)


@pytest.fixture(scope="module", params=["xblock", "lti1p3platform"])
def process(request: pytest.FixtureRequest) -> Iterator[PlatformProcess]:
    with platform_process(request.param) as process:
        yield process


@pytest.fixture
async def platform(
    process: PlatformProcess, lms: Lms, registration: LtiRegistration, client: httpx.AsyncClient
) -> PlatformProcess:
    """The platform, connected: its keys, tokens and roster are served where we look for them."""
    ours = (await client.get("/lti/jwks.json")).json()
    lms.routes["/tool-keys"] = lambda _asked: (200, {}, ours)
    process.ask(
        "configure",
        tool=OURS,
        own=lms.issuer,
        jwks=f"{lms.issuer}/tool-keys",
        client_id=lms.client_id,
    )
    lms.routes["/jwks"] = lambda _asked: (200, {}, process.ask("keys"))
    lms.routes["/token"] = lambda asked: (200, {}, process.ask("access_token", form=asked.form))

    def members(asked: Asked) -> tuple[int, dict[str, str], Any]:
        token = asked.headers["authorization"].removeprefix("Bearer ")
        if not process.ask("may_read_roster", token=token):
            return 403, {}, {}
        return 200, {}, {"members": [{"user_id": "1", "name": "Zoe", "roles": ["Learner"]}]}

    lms.routes["/members"] = members
    return process


class Course:
    """Walks through the platform's own steps with a browser."""

    def __init__(self, platform: PlatformProcess, client: httpx.AsyncClient) -> None:
        self.platform = platform
        self.client = client

    async def open(
        self, role: str, *, is_deep: bool = False, custom: dict[str, str] | None = None
    ) -> httpx.Response:
        address = self.platform.ask("begin", role=role, is_deep=is_deep, custom=custom or {})
        login = await self.client.get(address.removeprefix(OURS))
        assert login.status_code == 302, login.text
        asked = dict(parse_qsl(urlsplit(login.headers["location"]).query))
        posted = self.platform.ask("launch", asked=asked)
        form = {"id_token": posted["id_token"], "state": posted["state"]}
        headers = {"sec-fetch-dest": "document"}
        return await self.client.post("/lti/launch", data=form, headers=headers)


@pytest.fixture
def course(platform: PlatformProcess, client: httpx.AsyncClient) -> Course:
    return Course(platform, client)


async def _redeem(client: httpx.AsyncClient, page: httpx.Response) -> dict[str, Any]:
    body = {"token": launch_token(page), "client_version": "1.0.0"}
    answer: dict[str, Any] = (await client.post("/api/launches/redeem", json=body)).json()
    return answer


async def test_a_link_that_was_picked_brings_a_student_to_the_exam(
    course: Course, client: httpx.AsyncClient
) -> None:
    picker = await course.open("teacher", is_deep=True)
    form = {"form": form_token(picker, "/lti/pick"), "exam": "new", "title": "Judged"}
    picked = await client.post("/lti/pick", data=form, headers={"origin": OURS})
    token = re.search(r'name="JWT" value="([^"]+)"', picked.text)
    assert token is not None, picked.text

    # In a thread: the platform fetches our keys from this process while it checks.
    [item] = await asyncio.to_thread(course.platform.ask, "picked", token=token[1])
    page = await course.open("learner", custom=item["custom"])

    signed_in = await _redeem(client, page)
    assert signed_in["kind"] == "candidate"
    assert signed_in["attempt"]["exam"]["title"] == "Judged"
    assert signed_in["attempt"]["candidate"]["name"].endswith("Learner")


async def test_a_link_that_nobody_picked_becomes_an_exam_when_the_teacher_opens_it(
    course: Course, client: httpx.AsyncClient
) -> None:
    early = await course.open("learner")
    staff = await _redeem(client, await course.open("teacher"))
    candidate = await _redeem(client, await course.open("learner"))

    assert "lti-exam-unknown" in early.text
    assert staff["kind"] == "staff"
    assert candidate["attempt"]["exam"]["id"] == staff["exam_id"]


async def test_the_platform_takes_our_assertion_and_gives_us_the_roster(
    course: Course, client: httpx.AsyncClient
) -> None:
    staff = await _redeem(client, await course.open("teacher"))
    headers = {"authorization": f"Bearer {staff['staff_token']}"}

    answer = await client.get(f"/api/exams/{staff['exam_id']}/roster", headers=headers)

    assert answer.json() == {"members": [{"person": None, "name": "Zoe"}]}
