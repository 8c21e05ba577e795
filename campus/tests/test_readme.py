"""The README is a contract for whoever drives or connects campus: what it promises is there."""

import json
import re
from pathlib import Path

import pytest
from starlette.routing import Match
from typer import Typer
from typer.main import get_command

from campus.cli import serve
from campus.connect import ToolFile
from campus.people import FOUNDERS
from campus.quizzes.attempts import SEEDS

CAMPUS = Path(__file__).parents[1]
README = (CAMPUS / "README.md").read_text("utf-8")


def test_every_person_is_named_with_their_id():
    for person_id, given_name, family_name, _ in FOUNDERS:
        assert f"| {given_name} {family_name} | `{person_id}` |" in README


def test_every_access_code_of_the_first_start_is_given():
    assert re.findall(r"`(\w+-\d{4})`", README) == [quiz.access_code for quiz in SEEDS]


def test_every_option_of_the_command_is_in_the_table_and_the_reverse():
    command = Typer(add_completion=False)
    command.command()(serve)
    options = {
        option.opts[0] for option in get_command(command).params if option.opts[0] != "--help"
    }
    assert set(re.findall(r"^\| `(--[a-z-]+)`", README, flags=re.MULTILINE)) == options


def test_the_example_of_a_tool_file_is_accepted():
    example = README.partition("```json")[2].partition("```")[0]
    wanted = ToolFile.model_validate(json.loads(example))
    assert wanted.links[0].quiz_id == 1


@pytest.mark.parametrize(("method", "address"), re.findall(r"`(GET|POST) (/[^`? ]+)", README))
def test_every_address_is_served(routes, method, address):
    scope = {"type": "http", "method": method, "path": address, "headers": [], "query_string": b""}
    assert any(route.matches(scope)[0] is Match.FULL for route in routes.routes)


def test_every_mark_is_in_a_template():
    templates = (CAMPUS / "src/campus/templates").rglob("*.html")
    pages = "".join(path.read_text("utf-8") for path in templates)
    marks = README.partition("### Marks in the pages")[2].partition("\n## ")[0]
    for mark in re.findall(r"#([a-z][a-z-]+[a-z])", marks):
        assert re.search(rf'id="(\{{% block body_id %\}})?{mark}|body_id %}}{mark}', pages), mark
    for mark in re.findall(r"\[(data-[a-z-]+)", marks):
        assert f"{mark}=" in pages, mark
