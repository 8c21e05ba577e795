"""The short way to the segments says what the long way would have said (kit/lane.py)."""

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from invigil.kit.lane import LanedApp, open_lane
from invigil.kit.policy import policies
from server.tests.conftest import EXTENSION_ID
from server.tests.evidence.sitting import says

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EDGE = {
    "x-content-type-options",
    "permissions-policy",
    "content-security-policy",
    "referrer-policy",
    "cross-origin-opener-policy",
    "strict-transport-security",
    "access-control-expose-headers",
    "access-control-allow-origin",
    "vary",
    "cache-control",
}


def edge_of(answer):
    return {name: value for name, value in answer.headers.items() if name in EDGE}


@pytest.mark.parametrize(
    "origin", [f"chrome-extension://{EXTENSION_ID}", "https://elsewhere.example.org", None]
)
async def test_both_ways_carry_the_same_headers(sitting, app, origin):
    segment = sitting.device.seal()
    headers = {} if origin is None else {"Origin": origin}

    short = await sitting.put(segment, **headers)
    app.lane = None
    long = await sitting.put(segment, **headers)

    assert (short.status_code, long.status_code) == (200, 200)
    assert edge_of(short) == edge_of(long)
    assert len(edge_of(short)) >= 7


async def test_both_ways_refuse_alike(sitting, app):
    sitting.headers = {}
    segment = sitting.device.seal()

    short = await sitting.put(segment)
    app.lane = None
    long = await sitting.put(segment)

    assert says(short) == says(long) == (401, "sign-in-needed")
    assert short.json() == long.json()
    assert edge_of(short) == edge_of(long)


async def test_a_page_may_ask_before_it_uploads(sitting):
    answer = await sitting.client.options(
        f"{sitting.path}/segments/camera/0",
        headers={
            "Origin": f"chrome-extension://{EXTENSION_ID}",
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization,content-digest",
        },
    )

    assert answer.status_code == 200


async def test_another_method_on_the_same_path_is_refused(sitting):
    answer = await sitting.client.delete(f"{sitting.path}/segments/camera/0")

    assert says(answer) == (405, "method-not-allowed")


def test_the_routes_of_the_lane_are_seen_by_the_policy_walk(app: FastAPI):
    walked = dict(policies(app.routes))

    path = "/api/attempts/{attempt_id}/segments/{stream}/{index}"
    assert walked[f"PUT {path}"] == "attempt token, any generation"
    assert walked[f"GET,HEAD {path}"] == "reviewers of the attempt"


async def test_an_unforeseen_failure_shows_nothing_of_itself(sitting):
    async def broken(scope, receive, send):
        raise RuntimeError("secret")

    route = Route("/broken", PlainTextResponse("x"), methods=["GET"])
    route.app = broken
    app = LanedApp()
    open_lane(app, [route], extension_ids=(), is_https=False)
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/broken", "headers": []}
    await app(scope, None, send)

    assert sent[0]["status"] == 500
    assert b"internal" in sent[1]["body"]
    assert b"secret" not in sent[1]["body"]
