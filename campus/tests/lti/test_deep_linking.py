"""Picking content in a tool: the request, and which answers are taken."""

import pytest

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
PICK = "/lti/pick?tool=client-of-the-tests&quiz=1&display=window"
ITEM = {
    "type": "ltiResourceLink",
    "title": "Final exam",
    "url": "http://tool.example:9000/launch?exam=9",
    "custom": {"invigil_exam": "9"},
    "lineItem": {"scoreMaximum": 10, "label": "Integrity"},
}


@pytest.fixture
async def ada(new_browser):
    return await new_browser("u-ada")


@pytest.fixture
async def settings_claim(ada, tool):
    return (await tool.launch(ada, PICK))[DL + "deep_linking_settings"]


@pytest.fixture
def answer(tool, settings_claim):
    """The claims of a right answer, with what a test changes; None leaves a claim out."""

    def build(**changed):
        claims = tool.timed(
            aud="http://127.0.0.1:8401",
            nonce=tool.once("nonce"),
            **{
                LTI + "message_type": "LtiDeepLinkingResponse",
                LTI + "version": "1.3.0",
                LTI + "deployment_id": "7",
                DL + "data": settings_claim["data"],
                DL + "content_items": [ITEM],
            },
        )
        claims |= {name.replace("lti__", LTI).replace("dl__", DL): v for name, v in changed.items()}
        return {name: value for name, value in claims.items() if value is not None}

    return build


@pytest.fixture
def send(settings_claim, new_browser):
    """Posts a JWT as the tool's page does: without campus's cookie."""

    async def post(token):
        path = settings_claim["deep_link_return_url"].removeprefix("http://127.0.0.1:8401")
        return await (await new_browser()).http.post(path, data={"JWT": token})

    return post


async def test_the_request_says_what_may_be_picked(ada, tool):
    claims = await tool.launch(ada, PICK)
    assert claims[LTI + "message_type"] == "LtiDeepLinkingRequest"
    assert claims[LTI + "target_link_uri"] == "http://tool.example:9000/pick"
    assert LTI + "resource_link" not in claims
    assert claims[LTI + "custom"]["quiz_url"] == "http://127.0.0.1:8401/quiz/1"
    assert claims[DL + "deep_linking_settings"]["accept_types"] == ["ltiResourceLink"]


async def test_a_picked_item_becomes_a_link_with_its_quiz_and_custom_parameters(
    tool, answer, send, new_browser
):
    page = await send(tool.sign(answer()))

    assert page.status_code == 200
    assert "Final exam" in page.text
    link_id = page.text.partition('data-link-id="')[2].partition('"')[0]
    claims = await tool.launch(await new_browser("u-mina"), f"/lti/launch/{link_id}")
    assert claims[LTI + "target_link_uri"] == ITEM["url"]
    assert claims[LTI + "resource_link"]["title"] == "Final exam"
    assert claims[LTI + "custom"]["invigil_exam"] == "9"
    assert claims[LTI + "custom"]["quiz_url"] == "http://127.0.0.1:8401/quiz/1"
    endpoint = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert endpoint["lineitem"].startswith(endpoint["lineitems"] + "/")


async def test_an_answer_counts_once(ada, tool, answer, send):
    token = tool.sign(answer())
    await send(token)
    replayed = await send(token)
    same_request_other_nonce = await send(tool.sign(answer()))
    assert replayed.status_code == 400
    assert "used before" in replayed.text
    assert same_request_other_nonce.status_code == 400
    assert (await ada.get("/course/stat-101")).text.count(">Final exam</a>") == 1


async def test_a_refused_answer_can_be_sent_again_put_right(ada, tool, answer, send):
    assert (await send(tool.sign(answer(dl__content_items=[{"type": "file"}])))).status_code == 400
    assert (await send(tool.sign(answer()))).status_code == 200


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iss": "somebody"}, "iss"),
        ({"aud": "http://other.example"}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": None}, "exp"),
        ({"exp": 1_700_000_000}, "expired"),
        ({"exp": 1_900_000_000}, "longer than an hour"),
        ({"iat": 1_800_000_000 + 900, "exp": 1_800_000_000 + 960}, "future"),
        ({"nonce": None}, "identifier"),
        ({"lti__message_type": "LtiResourceLinkRequest"}, "message_type"),
        ({"lti__version": "1.1"}, "version"),
        ({"lti__deployment_id": "8"}, "deployment_id"),
        ({"dl__data": "made-up"}, "data"),
        ({"dl__data": None}, "data"),
        ({"dl__content_items": "all"}, "content_items"),
        ({"dl__content_items": [{**ITEM, "type": "html"}]}, "ltiResourceLink"),
        ({"dl__content_items": [{**ITEM, "url": "http://evil.example/x"}]}, "not the tool"),
        ({"dl__content_items": [{**ITEM, "url": "javascript:alert(1)"}]}, "not the tool"),
        ({"dl__content_items": [{**ITEM, "custom": {"n": 5}}]}, "custom"),
    ],
)
async def test_a_wrong_answer_adds_nothing_and_says_why(*, ada, tool, answer, send, changed, why):
    refused = await send(tool.sign(answer(**changed)))
    assert refused.status_code == 400
    assert why in refused.text
    assert "Final exam" not in (await ada.get("/course/stat-101")).text


async def test_only_the_tool_s_own_signature_counts(*, ada, answer, send, forge):
    for token in [*forge(answer()), ""]:
        assert (await send(token)).status_code in (400, 422)
    assert "Final exam" not in (await ada.get("/course/stat-101")).text


async def test_nothing_picked_adds_nothing(ada, tool, answer, send):
    page = await send(tool.sign(answer(dl__content_items=[], dl__msg="Come back later")))
    assert "Nothing was added" in page.text
    assert "Come back later" in page.text


async def test_only_the_instructor_can_pick(new_browser, tool):
    for person in ("u-tomas", "u-mina"):
        assert (await (await new_browser(person)).get(PICK)).status_code == 403
