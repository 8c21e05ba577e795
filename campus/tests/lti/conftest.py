"""An independent tool: signs with its own key, and checks what it is sent as a careful one does."""

import base64
import hmac
import json
from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from campus.lti.links import Link, save_link
from campus.lti.names import ALL_SCOPES
from campus.lti.tools import Tool, save_tool

CAMPUS = "http://127.0.0.1:8401"
TOOL = "http://tool.example:9000"
CLIENT_ID = "client-of-the-tests"
DEPLOYMENT_ID = "7"

REGISTERED = Tool(
    client_id=CLIENT_ID,
    deployment_id=DEPLOYMENT_ID,
    name="Tool of the tests",
    state="active",
    login_url=f"{TOOL}/login",
    launch_url=f"{TOOL}/launch",
    deep_link_url=f"{TOOL}/pick",
    jwks_url=f"{TOOL}/keys",
    redirect_uris=(f"{TOOL}/launch",),
    scopes=ALL_SCOPES,
    custom={"level": "tool", "mode": "strict"},
)
LINK = Link(
    id="link-1",
    course_id="stat-101",
    client_id=CLIENT_ID,
    title="Midterm (supervised)",
    description="",
    url=f"{TOOL}/launch?exam=5",
    custom={"level": "link", "exam": "5", "who": "$User.id", "other": "$Not.known"},
    quiz_id=1,
    display="window",
)


def new_key(kid):
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


def key_set_of(*keys):
    return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in keys]})


class IndependentTool:
    def __init__(self, key, clock, forms_in):
        self.key = key
        self._clock = clock
        self._forms_in = forms_in
        self._serial = 0

    def once(self, what):
        self._serial += 1
        return f"{what}-{self._serial}"

    def sign(self, claims, *, key=None, **header):
        key = key or self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid, **header}, claims, key)

    def timed(self, **claims):
        now = int(self._clock())
        return {"iss": CLIENT_ID, "iat": now, "exp": now + 60, **claims}

    async def start(self, browser, path="/lti/launch/link-1"):
        """What arrives at the tool's login URL."""
        page = await browser.get(path)
        assert page.status_code == 200, page.text
        form = self._forms_in(page)["post-form"]
        assert form.action == REGISTERED.login_url
        return form.fields

    def request_for(self, login, **changed):
        """The authentication request that answers a login initiation."""
        asked = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": login["client_id"],
            "redirect_uri": REGISTERED.redirect_uris[0],
            "login_hint": login["login_hint"],
            "lti_message_hint": login["lti_message_hint"],
            "state": self.once("state"),
            "nonce": self.once("nonce"),
            **changed,
        }
        return {name: value for name, value in asked.items() if value is not None}

    async def authorize(self, browser, asked):
        """What campus posts back: the form with its action and fields."""
        page = await browser.get(f"/lti/auth?{urlencode(asked)}")
        assert page.status_code == 200, page.text
        return self._forms_in(page)["post-form"]

    async def claims_of(self, browser, id_token, nonce):
        """Verified as a careful tool does, with the key set campus publishes."""
        keys = KeySet.import_key_set((await browser.get("/lti/jwks.json")).json())
        token = jwt.decode(id_token, keys, algorithms=["RS256"])
        assert token.header["kid"] in [key.kid for key in keys.keys]
        assert token.claims["iss"] == CAMPUS
        assert token.claims["aud"] == CLIENT_ID
        assert token.claims["nonce"] == nonce
        assert token.claims["exp"] == token.claims["iat"] + 60
        return token.claims

    def kid_of(self, token):
        header = token.partition(".")[0]
        return json.loads(base64.urlsafe_b64decode(header + "=="))["kid"]

    async def launch(self, browser, path="/lti/launch/link-1"):
        asked = self.request_for(await self.start(browser, path))
        posted = await self.authorize(browser, asked)
        assert posted.action == REGISTERED.redirect_uris[0]
        assert posted.fields["state"] == asked["state"]
        return await self.claims_of(browser, posted.fields["id_token"], asked["nonce"])

    def assertion(self, *, key=None, header=None, **changed):
        claims = self.timed(sub=CLIENT_ID, aud=f"{CAMPUS}/lti/token", jti=self.once("jti"))
        claims |= changed
        kept = {name: value for name, value in claims.items() if value is not None}
        return self.sign(kept, key=key, **(header or {}))

    async def ask_token(self, browser, assertion, *scopes, **changed):
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "scope": " ".join(scopes or ALL_SCOPES),
            **changed,
        }
        return await browser.http.post("/lti/token", data=fields)

    async def bearer(self, browser, *scopes):
        answer = await self.ask_token(browser, self.assertion(), *scopes)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture(scope="session")
def tool_key():
    return new_key("tool-1")


@pytest.fixture(scope="session")
def foreign_key():
    """A key that no key set holds, under the name of one that does."""
    return new_key("tool-1")


@pytest.fixture
def tool(*, campus, tool_key, tool_web, clock, read_forms):
    """Connected, active, with one link that is attached to the midterm."""
    tool_web[REGISTERED.jwks_url] = lambda: key_set_of(tool_key)
    with campus.store.transaction() as db:
        save_tool(db, REGISTERED)
        save_link(db, LINK)
    return IndependentTool(tool_key, clock, read_forms)


def _joined(header, claims, signature):
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@pytest.fixture
def forge(tool_key, foreign_key):
    """Claims → tokens with them that the tool did not sign."""

    def forgeries(claims):
        header = {"alg": "HS256", "kid": "tool-1"}
        signed = _joined(header, claims, b"").rstrip(".")
        # The public key, taken for a shared secret.
        mac = hmac.digest(tool_key.as_pem(private=False), signed.encode(), "sha256")
        right = {"alg": "RS256", "kid": "tool-1"}
        return [
            jwt.encode(right, claims, foreign_key),
            jwt.encode({**right, "kid": "unknown"}, claims, tool_key),
            jwt.encode({"alg": "RS256"}, claims, tool_key),
            _joined({"alg": "none", "kid": "tool-1"}, claims, b""),
            _joined(header, claims, mac),
            jwt.encode(right, claims, tool_key)[:-6] + "AAAAAA",
            "not.a.token",
            "x" * 100_000,
        ]

    return forgeries


@pytest.fixture
def set_tool(campus, tool):
    """Changes what campus knows of the tool."""

    def change(**changed):
        with campus.store.transaction() as db:
            save_tool(db, replace(REGISTERED, **changed))

    return change
