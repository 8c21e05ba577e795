"""The public pages: what they say, what they may do, and that words and templates agree."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from invigil.kit.problems import Busy, NotFound
from invigil.pages.problem_page import problem_page
from invigil.pages.render import ROOM, Page, Surroundings, render
from invigil.pages.words import WORDS, say
from server.tests.factories.world import World

ROOT = Path(__file__).parents[3]
_MARKUP = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>", re.DOTALL)
TEMPLATES = sorted((ROOM / "templates").glob("*.html"))
_SAID = re.compile(r't\(\s*["\']([a-z_.0-9]+)["\']')
_AUDIENCE = re.compile(r't\("launch\." ~ audience ~ "(\.[a-z]+)"')


def _said() -> set[str]:
    text = "\n".join(path.read_text() for path in TEMPLATES)
    by_audience = _AUDIENCE.findall(text)
    both = {f"launch.{who}{rest}" for who in ("candidate", "staff") for rest in by_audience}
    return {name for name in _SAID.findall(text) if not name.endswith(".")} | both


def test_every_sentence_is_in_the_catalogue_and_every_one_there_is_used() -> None:
    assert _said() == set(WORDS)


def test_no_template_holds_a_sentence_of_its_own() -> None:
    for path in TEMPLATES:
        text = _MARKUP.sub(" ", path.read_text())

        said = [line.strip() for line in text.splitlines() if re.search(r"[A-Za-z]{3,}", line)]
        allowed = {'data-life-s=" "', "invigil lti approve"}
        assert set(said) <= allowed, path.name


@pytest.mark.parametrize("word", ["suspicious", "violation", "cheat", "offence", "session"])
def test_no_sentence_blames_anybody(word: str) -> None:
    assert [text for text in WORDS.values() if word in text.lower()] == []


@pytest.mark.parametrize("address", ["/", "/get-the-extension"])
async def test_a_public_page_names_the_institution_and_whom_to_ask(
    client: httpx.AsyncClient, world: World, address: str
) -> None:
    await world.institution()

    page = await client.get(address)

    assert page.status_code == 200
    assert "Demo University" in page.text
    assert "Help: Room 1" in page.text


async def test_with_several_institutions_none_is_named(
    client: httpx.AsyncClient, world: World
) -> None:
    await world.institution()
    await world.institution("second")

    page = await client.get("/")

    assert "University" not in page.text


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("address", ["/", "/get-the-extension", "/lti/launch"])
async def test_a_page_is_safe_and_well_formed(client: httpx.AsyncClient, address: str) -> None:
    page = await client.get(address)

    policy = page.headers["content-security-policy"]
    outline = _Outline()
    outline.feed(page.text)
    tags = outline.tags
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    assert ("html", {"lang": "en"}) in tags
    assert [tag for tag, _ in tags if tag == "h1"] == ["h1"]
    assert not [attrs for tag, attrs in tags if tag == "style" or "style" in attrs]
    assert not [name for _, attrs in tags for name in attrs if name.startswith("on")]
    assert all(attrs.get("src") for tag, attrs in tags if tag == "script")
    assert all(
        attrs["src"] is None or attrs["src"].startswith("/static/")
        for _, attrs in tags
        if "src" in attrs
    )


def test_what_is_shown_is_escaped() -> None:
    evil = '"><script>alert(1)</script>'
    values = {"title": evil, "what_to_do": evil, "code": evil, "is_about_an_exam": True}

    page = render(Page("refused.html", dict(values), evil, evil)).body.decode()

    assert "<script>" not in page


def test_a_problem_says_nothing_of_waiting_where_waiting_does_not_help() -> None:
    assert "Reload" not in problem_page(NotFound()).body.decode()
    assert "Reload this page in 5 s." in problem_page(Busy(retry_after_s=5)).body.decode()


def test_what_a_problem_says_is_escaped() -> None:
    page = problem_page(NotFound("<script>alert(1)</script>")).body.decode()

    assert "<script>" not in page


def test_each_answer_has_its_own_nonce() -> None:
    policies = {render(Page("index.html")).headers["content-security-policy"] for _ in range(3)}

    assert len(policies) == 3


def test_a_page_is_framed_and_posts_only_as_it_says() -> None:
    around = Surroundings(
        framed_by=frozenset({"https://b.example", "https://a.example"}),
        posts_to=frozenset({"https://a.example"}),
    )

    policy = render(Page("index.html"), around).headers["content-security-policy"]

    assert "frame-ancestors https://a.example https://b.example;" in policy
    assert "form-action 'self' https://a.example;" in policy


async def test_only_our_own_files_are_served(client: httpx.AsyncClient) -> None:
    style = await client.get("/static/pages.css")
    script = await client.get("/static/launch.js")
    other = await client.get("/static/..%2frender.py")

    assert style.headers["content-type"].startswith("text/css")
    assert script.headers["content-type"].startswith("text/javascript")
    assert other.status_code == 404


def test_the_colours_are_those_of_the_design_tokens() -> None:
    declared = re.compile(r"(--[a-z-]+): (light-dark\([^;]+\));")
    tokens = dict(declared.findall((ROOT / "packages/ui/src/styles/tokens.css").read_text()))
    ours = dict(declared.findall((ROOM / "static" / "pages.css").read_text()))

    assert ours
    assert {name: tokens[name] for name in ours} == ours


def test_a_sentence_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("no.such.sentence")
