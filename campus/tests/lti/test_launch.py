"""Opening a tool from the course: what it is told, and what campus refuses to answer."""

import pytest
from joserfc.jwk import KeySet

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"


async def test_a_launch_tells_the_tool_who_comes_from_where(new_browser, tool):
    claims = await tool.launch(await new_browser("u-mina"))

    assert claims["sub"] == "u-mina"
    assert claims["name"] == "Mina Park"
    assert claims["email"] == "mina@campus.example"
    assert claims[LTI + "message_type"] == "LtiResourceLinkRequest"
    assert claims[LTI + "version"] == "1.3.0"
    assert claims[LTI + "deployment_id"] == "7"
    assert claims[LTI + "target_link_uri"] == "http://tool.example:9000/launch?exam=5"
    assert claims[LTI + "roles"] == [LEARNER]
    assert claims[LTI + "context"]["id"] == "stat-101"
    assert claims[LTI + "resource_link"] == {"id": "link-1", "title": "Midterm (supervised)"}
    assert claims[LTI + "launch_presentation"] == {
        "document_target": "window",
        "return_url": "http://127.0.0.1:8401/lti/return",
        "locale": "en",
    }
    assert claims[LTI + "tool_platform"]["product_family_code"] == "campus"


async def test_custom_parameters_come_from_tool_link_and_quiz(new_browser, tool):
    claims = await tool.launch(await new_browser("u-mina"))
    assert claims[LTI + "custom"] == {
        "mode": "strict",
        "level": "link",
        "exam": "5",
        "who": "u-mina",
        "other": "$Not.known",
        "quiz_url": "http://127.0.0.1:8401/quiz/1",
        "quiz_id": "1",
    }


async def test_an_assistant_is_an_instructor_with_a_sub_role(new_browser, tool):
    claims = await tool.launch(await new_browser("u-tomas"))
    assert [role.rsplit("#")[1] for role in claims[LTI + "roles"]] == [
        "Instructor",
        "TeachingAssistant",
    ]


async def test_services_are_only_named_when_the_tool_has_their_scopes(new_browser, tool, set_tool):
    mina = await new_browser("u-mina")
    with_services = await tool.launch(mina)
    set_tool(scopes=())
    without = await tool.launch(mina)
    services = [
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint",
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice",
    ]
    assert all(name in with_services for name in services)
    assert not any(name in without for name in services)


async def test_a_launch_hint_works_once(new_browser, tool):
    mina = await new_browser("u-mina")
    login = await tool.start(mina)
    assert "id_token" in (await tool.authorize(mina, tool.request_for(login))).fields

    replayed = await tool.authorize(mina, tool.request_for(login))

    assert replayed.fields["error"] == "invalid_request"
    assert "id_token" not in replayed.fields
    assert replayed.fields["state"].startswith("state-")


async def test_a_launch_hint_expires(new_browser, tool, clock):
    mina = await new_browser("u-mina")
    login = await tool.start(mina)
    clock.now += 601
    assert "error" in (await tool.authorize(mina, tool.request_for(login))).fields


async def test_a_launch_hint_of_another_browser_is_refused(new_browser, tool):
    victim, thief = await new_browser("u-mina"), await new_browser("u-jonas")
    login = await tool.start(victim)

    stolen = await tool.authorize(thief, tool.request_for(login, login_hint="u-jonas"))
    impersonated = await tool.authorize(thief, tool.request_for(login))
    own_second_browser = await tool.authorize(await new_browser("u-mina"), tool.request_for(login))

    assert stolen.fields["error"] == "invalid_request"
    assert impersonated.fields["error"] == "login_required"
    assert own_second_browser.fields["error"] == "invalid_request"
    assert "id_token" in (await tool.authorize(victim, tool.request_for(login))).fields


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "http://evil.example/launch"},
        {"redirect_uri": "http://tool.example:9000/launch/"},
        {"redirect_uri": "http://tool.example:9000/launch?x=1"},
        {"redirect_uri": None},
        {"client_id": "unknown"},
        {"client_id": None},
    ],
)
async def test_nothing_is_sent_to_an_address_that_is_not_registered(new_browser, tool, changed):
    mina = await new_browser("u-mina")
    asked = tool.request_for(await tool.start(mina), **changed)
    page = await mina.http.get("/lti/auth", params=asked)
    assert page.status_code == 400
    assert 'data-problem="launch-refused"' in page.text
    assert "post-form" not in page.text


@pytest.mark.parametrize(
    "changed",
    [
        {"scope": "email"},
        {"response_type": "code"},
        {"response_mode": "query"},
        {"prompt": "login"},
        {"nonce": None},
        {"nonce": "n" * 256},
        {"login_hint": "u-ada"},
        {"lti_message_hint": "made-up"},
        {"lti_message_hint": None},
    ],
)
async def test_a_wrong_authentication_request_gets_an_error_and_no_token(
    new_browser, tool, changed
):
    mina = await new_browser("u-mina")
    login = await tool.start(mina)
    posted = await tool.authorize(mina, tool.request_for(login, **changed))
    assert set(posted.fields) == {"error", "error_description", "state"}


async def test_a_pending_tool_is_neither_opened_nor_answered(new_browser, tool, set_tool):
    mina = await new_browser("u-mina")
    asked = tool.request_for(await tool.start(mina))
    set_tool(state="pending")
    assert (await mina.get("/lti/launch/link-1")).status_code == 400
    assert (await mina.http.get("/lti/auth", params=asked)).status_code == 400


async def test_a_parameter_sent_twice_is_refused(new_browser, tool):
    mina = await new_browser("u-mina")
    asked = list(tool.request_for(await tool.start(mina)).items())
    doubled = [*asked, ("redirect_uri", "http://evil.example/launch")]
    assert (await mina.http.get("/lti/auth", params=doubled)).status_code == 400


async def test_a_post_that_came_without_our_cookie_is_asked_again_by_ourselves(
    new_browser, tool, read_forms
):
    mina, without_cookie = await new_browser("u-mina"), await new_browser()
    asked = tool.request_for(await tool.start(mina))

    first = await without_cookie.http.post("/lti/auth", data=asked)
    again = read_forms(first)["post-form"]
    assert again.action == "/lti/auth"
    second = await mina.http.post("/lti/auth", data=again.fields)
    assert "id_token" in read_forms(second)["post-form"].fields

    still_nobody = await without_cookie.http.post("/lti/auth", data=again.fields)
    assert read_forms(still_nobody)["post-form"].fields["error"] == "login_required"


async def test_rotated_keys_are_published_before_they_sign_and_after_they_stop(
    new_browser, tool, clock
):
    ada, mina = await new_browser("u-ada"), await new_browser("u-mina")
    before = (await mina.get("/lti/jwks.json")).json()
    asked = tool.request_for(await tool.start(mina))
    old_token = (await tool.authorize(mina, asked)).fields["id_token"]

    await ada.post("/tools/rotate-keys")

    # A tool that fetched the key set before the rotation can verify what is signed after it.
    later = tool.request_for(await tool.start(mina))
    new_token = (await tool.authorize(mina, later)).fields["id_token"]
    assert tool.kid_of(new_token) in [key["kid"] for key in before["keys"]]
    assert tool.kid_of(new_token) != tool.kid_of(old_token)
    await tool.claims_of(mina, old_token, asked["nonce"])

    clock.now += 3601
    after = KeySet.import_key_set((await mina.get("/lti/jwks.json")).json())
    assert tool.kid_of(old_token) not in [key.kid for key in after.keys]
    assert len(after.keys) == 2


async def test_published_keys_are_public(new_browser):
    keys = (await (await new_browser()).get("/lti/jwks.json")).json()["keys"]
    assert len(keys) == 2
    for key in keys:
        assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


async def test_an_embedded_link_gives_camera_and_microphone_but_not_the_screen(new_browser, tool):
    ada, mina = await new_browser("u-ada"), await new_browser("u-mina")
    await ada.post("/link/link-1/edit", title="Embedded", quiz="2", display="iframe")

    page = await mina.get("/link/link-1")

    allowed = 'allow="camera http://tool.example:9000; microphone http://tool.example:9000"'
    assert allowed in page.text
    assert "display-capture" not in page.text.partition("<iframe")[2]
    assert "frame-src 'self' http://tool.example:9000" in page.headers["content-security-policy"]
    claims = await tool.launch(mina)
    assert claims[LTI + "launch_presentation"]["document_target"] == "iframe"
    assert claims[LTI + "custom"]["quiz_url"] == "http://127.0.0.1:8401/quiz/2"


async def test_a_link_of_no_quiz_has_no_quiz_url(new_browser, tool):
    ada, mina = await new_browser("u-ada"), await new_browser("u-mina")
    await ada.post("/link/link-1/edit", title="Alone", quiz="0", display="window")
    assert "quiz_url" not in (await tool.launch(mina))[LTI + "custom"]


async def test_what_the_tool_says_on_return_is_shown_as_text(new_browser):
    mina = await new_browser("u-mina")
    page = await mina.http.get("/lti/return", params={"lti_errormsg": "<img src=x onerror=1>"})
    assert "The tool says: &lt;img" in page.text


async def test_platform_storage_is_offered_only_when_it_is_switched_on(new_browser, tool):
    assert "lti_storage_target" not in await tool.start(await new_browser("u-mina"))
