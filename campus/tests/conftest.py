"""A campus with its own database and clock, and browsers in which people sign in."""

import re
import shutil
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
import pytest

from campus.app import create_app, new_campus, prepare
from campus.settings import Settings

ORIGIN = "http://127.0.0.1:8401"
START = 1_800_000_000.0


@dataclass
class Clock:
    now: float = START

    def __call__(self):
        return self.now


@dataclass
class PostedForm:
    """A form as a browser would send it: where to, and its hidden and filled-in fields."""

    action: str
    fields: dict = field(default_factory=dict)


class _FormReader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = {}
        self._open = None

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if tag == "form":
            self._open = self.forms[named.get("id")] = PostedForm(named.get("action", ""))
        elif tag == "input" and self._open and named.get("type") == "hidden":
            self._open.fields[named["name"]] = named.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None


def forms_in(page):
    reader = _FormReader()
    reader.feed(page.text)
    return reader.forms


class Browser:
    """One browser profile. `post` sends the csrf value that this sign-in's forms carry."""

    def __init__(self, app):
        transport = httpx.ASGITransport(app)
        self.http = httpx.AsyncClient(transport=transport, base_url=ORIGIN, follow_redirects=False)
        self.csrf = ""

    async def sign_in(self, person_id, then="/"):
        page = await self.http.get("/sign-in")
        fields = {"visit": forms_in(page)[None].fields["visit"], "person_id": person_id}
        answer = await self.http.post("/sign-in", data={**fields, "then": then})
        if person_id:
            self.csrf = forms_in(await self.http.get("/course/stat-101"))[None].fields["csrf"]
        return answer

    async def get(self, path):
        return await self.http.get(path)

    async def post(self, path, **fields):
        return await self.http.post(path, data={"csrf": self.csrf, **fields})

    async def start_quiz(self, quiz_id=1, access_code="midterm-7316"):
        """The id of the running attempt."""
        started = await self.post(f"/quiz/{quiz_id}/start", access_code=access_code)
        assert started.status_code == 303, started.text
        return re.search(r"attempt=(\d+)", started.headers["location"])[1]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tool_web():
    """URL → answer: the part of the web where tools keep their key sets."""
    return {}


@pytest.fixture(scope="session")
def fresh_data(tmp_path_factory):
    """A data directory as after the first start; making its RSA keys takes most of a second."""
    data_dir = tmp_path_factory.mktemp("fresh")
    prepare(Settings(data_dir, ORIGIN), now=START)
    return data_dir


@pytest.fixture
def settings(tmp_path, fresh_data):
    data_dir = shutil.copytree(fresh_data, tmp_path / "campus")
    return Settings(data_dir, ORIGIN)


@pytest.fixture
def campus(settings, clock, tool_web):
    def answer(request):
        return tool_web.get(str(request.url), lambda: httpx.Response(404))()

    with httpx.Client(transport=httpx.MockTransport(answer)) as to_tools:
        yield new_campus(settings, to_tools=to_tools, clock=clock, monotonic=clock)


@pytest.fixture(scope="session")
def routes(fresh_data):
    """Working out fifty routes takes longer than most tests, and they hold no state."""
    with httpx.Client() as nobody:
        yield create_app(new_campus(Settings(fresh_data, ORIGIN), to_tools=nobody))


@pytest.fixture
def app(routes, campus):
    routes.state.campus = campus
    return routes


@pytest.fixture
async def new_browser(app):
    """Opens a browser; with a person's id, that person is signed in."""
    opened = []

    async def open_browser(person_id=""):
        browser = Browser(app)
        opened.append(browser)
        if person_id:
            await browser.sign_in(person_id)
        return browser

    yield open_browser
    for browser in opened:
        await browser.http.aclose()


@pytest.fixture
def read_forms():
    """Page → its forms by id; for tests in other folders."""
    return forms_in
