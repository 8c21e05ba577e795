"""Service tokens, the roster and the grade book, as a tool reaches them."""

import httpx
import pytest

CLIENT_ID = "client-of-the-tests"
CAMPUS = "http://127.0.0.1:8401"
COURSE = "/lti/courses/stat-101"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
SCORE = "application/vnd.ims.lis.v1.score+json"


@pytest.fixture
async def anyone(new_browser):
    """A client without any cookie, as a server is."""
    return await new_browser()


@pytest.fixture
async def bearer(anyone, tool):
    return await tool.bearer(anyone)


@pytest.fixture
async def column(anyone, bearer):
    """The path of a new line item."""
    made = await anyone.http.post(
        f"{COURSE}/line-items",
        json={"label": "Integrity", "scoreMaximum": 10},
        headers={**bearer, "Content-Type": LINE_ITEM},
    )
    assert made.status_code == 201, made.text
    return made.json()["id"].removeprefix(CAMPUS)


@pytest.fixture
def score(anyone, bearer, column):
    async def send(timestamp, *, content_type=SCORE, **changed):
        body = {
            "userId": "u-mina",
            "scoreGiven": 4,
            "scoreMaximum": 5,
            "comment": "fine",
            "timestamp": timestamp,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            **changed,
        }
        return await anyone.http.post(
            f"{column}/scores", json=body, headers={**bearer, "Content-Type": content_type}
        )

    return send


async def test_a_token_is_given_for_the_scopes_the_tool_has(anyone, tool, set_tool):
    set_tool(scopes=(ROSTER,))
    granted = await tool.ask_token(anyone, tool.assertion(), ROSTER, AGS + "score", "made-up")
    assert granted.json() | {"access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": ROSTER,
    }
    none_left = await tool.ask_token(anyone, tool.assertion(), AGS + "score")
    assert (none_left.status_code, none_left.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody"},
        {"sub": "somebody"},
        {"aud": "http://other.example/token"},
        {"aud": None},
        {"exp": None},
        {"exp": 1_700_000_000},
        {"exp": True},
        {"iat": None},
        {"jti": None},
        {"jti": ""},
        {"jti": 5},
    ],
)
async def test_a_wrong_assertion_gets_no_token(anyone, tool, changed):
    refused = await tool.ask_token(anyone, tool.assertion(**changed))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_an_assertion_works_once(anyone, tool):
    assertion = tool.assertion()
    assert (await tool.ask_token(anyone, assertion)).status_code == 200
    assert (await tool.ask_token(anyone, assertion)).status_code == 401


async def test_the_audience_may_be_a_list_or_the_issuer(anyone, tool):
    for audience in (CAMPUS, [f"{CAMPUS}/lti/token", "http://other.example"]):
        answer = await tool.ask_token(anyone, tool.assertion(aud=audience))
        assert answer.status_code == 200


async def test_only_the_tool_s_own_signature_counts(anyone, tool, forge):
    claims = tool.timed(sub=CLIENT_ID, aud=f"{CAMPUS}/lti/token", jti="one")
    for assertion in forge(claims):
        refused = await tool.ask_token(anyone, assertion)
        assert refused.status_code == 401, assertion[:20]
    # The same claims under the right signature are taken, so it was the signature that counted.
    assert (await tool.ask_token(anyone, tool.sign(claims))).status_code == 200


async def test_other_grants_are_refused(anyone, tool):
    for changed, error in [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "saml"}, "invalid_client"),
    ]:
        refused = await tool.ask_token(anyone, tool.assertion(), **changed)
        assert refused.json()["error"] == error


async def test_a_new_key_of_the_tool_is_found(*, anyone, tool, tool_web, foreign_key, clock):
    await tool.bearer(anyone)
    renewed = type(foreign_key).generate_key(2048, {"kid": "tool-2"}, private=True)
    tool_web["http://tool.example:9000/keys"] = lambda: _key_set(renewed)
    # The set was fetched this very moment; an unknown kid asks again only after a pause.
    assert (await tool.ask_token(anyone, tool.assertion(key=renewed))).status_code == 401
    clock.now += 6
    assert (await tool.ask_token(anyone, tool.assertion(key=renewed))).status_code == 200


def _key_set(key):
    return httpx.Response(200, json={"keys": [key.as_dict(private=False)]})


async def test_a_tool_without_a_readable_key_set_gets_no_token(anyone, tool, tool_web):
    for answer in (
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"keys": [{"kty": "RSA", "kid": "tool-1"}]}),
        httpx.Response(200, content=b" " * 300_000),
        httpx.Response(302, headers={"Location": "http://tool.example:9000/other"}),
    ):
        tool_web["http://tool.example:9000/keys"] = lambda answer=answer: answer
        refused = await tool.ask_token(anyone, tool.assertion())
        assert refused.status_code == 401, answer


async def test_the_roster_comes_in_pages(anyone, bearer):
    path, seen = f"{COURSE}/memberships?limit=4", []
    while path:
        page = await anyone.http.get(path, headers=bearer)
        assert page.headers["content-type"].startswith(
            "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
        )
        seen.append([member["user_id"] for member in page.json()["members"]])
        following = page.headers.get("link", "")
        assert not following or following.endswith('; rel="next"')
        path = following.partition("<")[2].partition(">")[0].removeprefix(CAMPUS)
    assert seen == [["u-ada", "u-tomas", "u-mina", "u-jonas"], ["u-amara", "u-lea"]]


async def test_the_roster_can_be_asked_by_role(anyone, bearer):
    full = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
    for role in ("Instructor", full):
        found = await anyone.http.get(
            f"{COURSE}/memberships", params={"role": role}, headers=bearer
        )
        assert [m["user_id"] for m in found.json()["members"]] == ["u-ada", "u-tomas"]


async def test_services_are_closed_without_the_right_token(
    *, anyone, tool, bearer, clock, set_tool
):
    roster = f"{COURSE}/memberships"
    wrong_scope = await tool.bearer(anyone, AGS + "score")
    assert (await anyone.http.get(roster)).status_code == 401
    made_up = {"Authorization": "Bearer made-up"}
    assert (await anyone.http.get(roster, headers=made_up)).status_code == 401
    refused = await anyone.http.get(roster, headers=wrong_scope)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
    other = await anyone.http.get("/lti/courses/other/memberships", headers=bearer)
    assert other.status_code == 404
    assert (await anyone.http.get(f"{roster}?rlid=other", headers=bearer)).status_code == 404
    assert (await anyone.http.get(f"{roster}?limit=0", headers=bearer)).status_code == 400

    set_tool(state="pending")
    assert (await anyone.http.get(roster, headers=bearer)).status_code == 401
    set_tool()
    clock.now += 3601
    assert (await anyone.http.get(roster, headers=bearer)).status_code == 401


async def test_a_score_is_kept_and_read_back_scaled(*, anyone, bearer, column, score, new_browser):
    assert (await score("2027-01-15T08:00:00.000Z")).status_code == 200

    results = await anyone.http.get(f"{column}/results", headers=bearer)

    (result,) = results.json()
    assert result["userId"] == "u-mina"
    assert (result["resultScore"], result["resultMaximum"]) == (8, 10)
    assert "Mina Park" in (await (await new_browser("u-ada")).get("/course/stat-101/grades")).text


async def test_scores_must_rise_strictly_in_time(anyone, bearer, column, score):
    assert (await score("2027-01-15T08:00:00.500Z", scoreGiven=1)).status_code == 200
    for not_newer in (
        "2027-01-15T08:00:00.500Z",
        "2027-01-15T09:00:00.500+01:00",
        "2027-01-15T08:00:00Z",
    ):
        refused = await score(not_newer, scoreGiven=5)
        assert (refused.status_code, refused.json()["code"]) == (409, "score-not-newer")
    kept = (await anyone.http.get(f"{column}/results", headers=bearer)).json()
    assert kept[0]["resultScore"] == 2
    assert (await score("2027-01-15T08:00:00.501Z", scoreGiven=5)).status_code == 200


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"userId": "u-nobody"}, 404),
        ({"scoreGiven": -1}, 400),
        ({"scoreMaximum": 0}, 400),
        ({"scoreMaximum": None}, 400),
        ({"activityProgress": "Done"}, 400),
        ({"timestamp": "yesterday"}, 400),
        ({"timestamp": "2027-01-15T08:00:00"}, 400),
        ({"content_type": "application/json"}, 415),
    ],
)
async def test_a_score_that_cannot_be_is_refused(score, changed, status):
    fields = {"timestamp": "2027-01-15T08:00:00Z", **changed}
    refused = await score(fields.pop("timestamp"), **fields)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"


async def test_a_line_item_can_be_found_changed_and_removed(anyone, bearer, column):
    headers = {**bearer, "Content-Type": LINE_ITEM}
    body = {"label": "Renamed", "scoreMaximum": 20, "tag": "integrity"}
    changed = await anyone.http.put(column, json=body, headers=headers)
    assert changed.json() == {"id": CAMPUS + column, **body}
    listed = f"{COURSE}/line-items"
    found = await anyone.http.get(listed, params={"tag": "integrity"}, headers=bearer)
    assert [item["label"] for item in found.json()] == ["Renamed"]
    assert (await anyone.http.get(listed, params={"tag": "x"}, headers=bearer)).json() == []
    assert (await anyone.http.delete(column, headers=bearer)).status_code == 204
    assert (await anyone.http.get(column, headers=bearer)).status_code == 404


async def test_another_tool_s_column_does_not_exist(anyone, bearer, column, campus):
    with campus.store.transaction() as db:
        db.execute(
            "INSERT INTO tools SELECT 'rival', deployment_id, name, state, login_url,"
            " launch_url, deep_link_url, jwks_url, redirect_uris, scopes, custom FROM tools"
        )
        db.execute("UPDATE line_items SET client_id = 'rival'")
    assert (await anyone.http.get(column, headers=bearer)).status_code == 404
    assert (await anyone.http.get(f"{COURSE}/line-items", headers=bearer)).json() == []
