"""Connecting a tool: it registers itself, an instructor adds it by hand, or a file names it."""

import json
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from campus.connect import UnusableToolFileError, connect_tool

TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
REGISTRATION = {
    "application_type": "web",
    "response_types": ["id_token"],
    "grant_types": ["implicit", "client_credentials"],
    "initiate_login_uri": "http://tool.example:9000/login",
    "redirect_uris": ["http://tool.example:9000/launch"],
    "client_name": "Self-made tool",
    "jwks_uri": "http://tool.example:9000/keys",
    "token_endpoint_auth_method": "private_key_jwt",
    "scope": "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly x",
    TOOL_CONFIGURATION: {
        "domain": "tool.example:9000",
        "target_link_uri": "http://tool.example:9000/launch",
        "claims": ["iss", "sub"],
        "messages": [{"type": "LtiDeepLinkingRequest"}, {"type": "LtiStartProctoring"}],
    },
}
FILE = {
    "client_id": "from-a-file",
    "name": "Filed tool",
    "login_url": "/login",
    "launch_url": "/launch",
    "jwks_url": "/keys",
    "redirect_uris": ["/launch"],
    "links": [{"id": "filed", "title": "Filed link", "url": "/launch", "quiz_id": 2}],
}


@pytest.fixture
async def ada(new_browser):
    return await new_browser("u-ada")


@pytest.fixture
async def invitation(ada):
    """The parameters with which the tool's registration page is opened."""
    page = await ada.post(
        "/tools/register",
        registration_url="http://tool.example:9000/register?a=1",
        display="iframe",
    )
    assert "frame-src 'self' http://tool.example:9000;" in page.headers["content-security-policy"]
    address = unescape(page.text.partition('src="http://tool')[2].partition('"')[0])
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.fixture
def register(new_browser, invitation):
    async def send(token=None, **changed):
        headers = {"Authorization": f"Bearer {token or invitation['registration_token']}"}
        client = (await new_browser()).http
        return await client.post("/lti/register", json={**REGISTRATION, **changed}, headers=headers)

    return send


async def test_the_invitation_leads_to_a_configuration_that_names_every_endpoint(ada, invitation):
    assert invitation["a"] == "1"
    address = invitation["openid_configuration"]
    assert address == "http://127.0.0.1:8401/.well-known/openid-configuration"
    configuration = (await ada.get("/.well-known/openid-configuration")).json()
    assert configuration["issuer"] == "http://127.0.0.1:8401"
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"):
        path = configuration[name].removeprefix(configuration["issuer"])
        assert (await ada.get(path)).status_code in (200, 400, 405), name


async def test_a_tool_registers_itself_and_waits_to_be_activated(ada, register):
    answer = await register()
    assert answer.status_code == 200
    kept = answer.json()
    assert kept["scope"].endswith("contextmembership.readonly")
    assert kept[TOOL_CONFIGURATION]["deployment_id"] == "1"
    assert [m["type"] for m in kept[TOOL_CONFIGURATION]["messages"]] == [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
    ]
    path = f"/tools/{kept['client_id']}"
    assert 'data-state="pending"' in (await ada.get(path)).text
    pick = f"/lti/pick?tool={kept['client_id']}&display=window"
    assert (await ada.get(pick)).status_code == 404

    await ada.post(path, activate="1")

    assert 'data-state="active"' in (await ada.get(path)).text
    assert (await ada.get(pick)).status_code == 200


async def test_a_registration_token_works_once_and_for_an_hour(register, clock):
    assert (await register()).status_code == 200
    again = await register()
    assert (again.status_code, again.json()["error"]) == (401, "invalid_token")
    assert (await register("made-up")).status_code == 401


async def test_a_late_registration_is_refused(register, clock):
    clock.now += 3601
    assert (await register()).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"response_types": ["code"]},
        {"grant_types": ["implicit"]},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"redirect_uris": []},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"initiate_login_uri": "http://tool.example:9000; script-src *"},
        {"jwks_uri": "file:///etc/passwd"},
        {"client_name": ""},
        {
            TOOL_CONFIGURATION: {
                "domain": "tool.example",
                "target_link_uri": "http://other.example/x",
            }
        },
        {
            TOOL_CONFIGURATION: {
                "domain": "tool.example",
                "target_link_uri": "http://tool.example:9000/x",
            }
        },
    ],
)
async def test_a_registration_that_cannot_work_is_refused_and_may_be_corrected(
    ada, register, changed
):
    refused = await register(**changed)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")
    assert "Self-made tool" not in (await ada.get("/tools")).text
    assert (await register()).status_code == 200


async def test_a_tool_added_by_hand_shows_what_its_side_must_know(ada):
    fields = {
        "name": "By hand",
        "login_url": "https://tool.example/login",
        "launch_url": "https://tool.example/launch",
        "redirect_uris": "https://tool.example/launch\n https://tool.example/pick ",
        "jwks_url": "https://tool.example/keys",
        "roster": "on",
    }
    added = await ada.post("/tools/add", **fields)
    shown = (await ada.get(added.headers["location"])).text
    for value in ("http://127.0.0.1:8401/lti/auth", "http://127.0.0.1:8401/lti/token", "campus-"):
        assert value in shown
    assert "https://tool.example/launch https://tool.example/pick" in shown
    assert "contextmembership.readonly" in shown
    assert "lineitem" not in shown

    for missing in ("name", "jwks_url", "redirect_uris"):
        assert (await ada.post("/tools/add", **{**fields, missing: " "})).status_code == 422
    assert (await ada.post("/tools/add", **{**fields, "jwks_url": "nowhere"})).status_code == 422


async def test_a_removed_tool_takes_its_links_along(ada, tool):
    assert "Midterm (supervised)" in (await ada.get("/course/stat-101")).text
    await ada.post("/tools/client-of-the-tests", remove="1")
    assert "Midterm (supervised)" not in (await ada.get("/course/stat-101")).text


async def test_a_tool_file_connects_and_changes_in_place(ada, campus, tmp_path):
    path = tmp_path / "tool.json"
    for title in ("Filed link", "Renamed link"):
        path.write_text(json.dumps({**FILE, "links": [{**FILE["links"][0], "title": title}]}))
        connection = connect_tool(
            campus.store, path, tool_origin="http://127.0.0.1:8400", issuer=campus.origin
        )
    assert connection == {
        "client_id": "from-a-file",
        "deployment_id": "1",
        "issuer": "http://127.0.0.1:8401",
        "auth_url": "http://127.0.0.1:8401/lti/auth",
        "token_url": "http://127.0.0.1:8401/lti/token",
        "jwks_url": "http://127.0.0.1:8401/lti/jwks.json",
    }
    course = (await ada.get("/course/stat-101")).text
    assert "Renamed link" in course
    assert "Filed link" not in course
    assert "http://127.0.0.1:8400/login" in (await ada.get("/tools/from-a-file")).text


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": ""},
        {"jwks_url": "keys"},
        {"redirect_uris": []},
        {"unknown": 1},
        {"links": [{**FILE["links"][0], "quiz_id": 99}]},
        {"links": [{**FILE["links"][0], "url": "http://evil.example/"}]},
    ],
)
async def test_a_tool_file_that_cannot_be_used_changes_nothing(ada, campus, tmp_path, changed):
    path = tmp_path / "tool.json"
    path.write_text(json.dumps({**FILE, **changed}))
    origin = "" if "jwks_url" in changed else "http://127.0.0.1:8400"
    with pytest.raises(UnusableToolFileError, match=r"tool\.json cannot be used"):
        connect_tool(campus.store, path, tool_origin=origin, issuer=campus.origin)
    assert "Filed tool" not in (await ada.get("/tools")).text


async def test_a_missing_tool_file_is_named(campus, tmp_path):
    with pytest.raises(UnusableToolFileError, match=r"missing\.json cannot be read"):
        connect_tool(campus.store, tmp_path / "missing.json", tool_origin="", issuer=campus.origin)
