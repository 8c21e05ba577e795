"""The pages around deep linking: choose a tool and a quiz, pick in the tool, take in its answer."""

import logging
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from campus import problems
from campus.lti import deep_linking, names, tool_tokens
from campus.lti.launch_routes import login_initiation
from campus.lti.launches import Launch
from campus.lti.links import Display, Link
from campus.lti.tools import Tool, all_tools, find_tool
from campus.quizzes.attempts import all_quizzes, get_quiz
from campus.web import Campus, CampusHere, Db, Fields, Instructor, render, required

router = APIRouter()
log = logging.getLogger(__name__)


@router.get("/links/new")
def choose_tool(request: Request, db: Db, _: Instructor) -> HTMLResponse:
    tools = [tool for tool in all_tools(db) if tool.is_active and tool.deep_link_url]
    return render(request, "lti/new_link.html", tools=tools, quizzes=all_quizzes(db))


@dataclass(frozen=True)
class Wish:
    """What the instructor chose before the tool opens; `quiz` is 0 for a link of no quiz."""

    tool: str
    display: Display
    quiz: int = 0

    @property
    def address(self) -> str:
        return "/lti/pick?" + urlencode(
            {"tool": self.tool, "display": self.display, "quiz": self.quiz}
        )


Wished = Annotated[Wish, Depends()]


@router.get("/links/pick")
def pick_in_frame(request: Request, db: Db, _: Instructor, wish: Wished) -> HTMLResponse:
    """The page that holds the tool in a frame while the instructor picks."""
    tool = _tool_to_pick_from(db, wish)
    return render(request, "lti/pick.html", tool=tool, address=wish.address, frames=tool.origins)


@router.get("/lti/pick")
def start_picking(
    *, request: Request, db: Db, instructor: Instructor, campus: CampusHere, wish: Wished
) -> HTMLResponse:
    tool = _tool_to_pick_from(db, wish)
    quiz_id = get_quiz(db, wish.quiz).id if wish.quiz else None
    launch = Launch(tool.client_id, None, quiz_id, wish.display)
    return login_initiation(request, launch, db=db, signed_in=instructor, campus=campus)


def _tool_to_pick_from(db: Db, wish: Wish) -> Tool:
    tool = find_tool(db, wish.tool)
    if tool is None or not tool.is_active or not tool.deep_link_url:
        raise problems.NotFoundError
    return tool


@router.post("/lti/deep-link-return/{client_id}")
def take_answer(
    request: Request, client_id: str, fields: Fields, campus: CampusHere
) -> HTMLResponse:
    """Comes from the tool's page, without our cookie: signature and `data` say what it may do."""
    with campus.store.transaction() as db:
        tool = find_tool(db, client_id)
    if tool is None:
        raise problems.NotFoundError
    token = required(fields, "JWT", "The tool's answer")
    try:
        links, said = _add_picked(token, tool, campus)
    except problems.BadTokenError as error:
        log.info("deep linking answer of %s refused: %s", client_id, error)
        detail = f"Nothing was added. The tool's answer was refused: {error}."
        raise problems.ToolAnswerRefusedError(detail) from error
    return render(request, "lti/picked.html", tool=tool, links=links, said=said)


def _add_picked(token: str, tool: Tool, campus: Campus) -> tuple[list[Link], dict[str, str]]:
    """The new links, and what the tool says to the person (`msg`, `errormsg`)."""
    now = campus.clock()
    # Outside the transaction: it may have to fetch the tool's keys.
    claims = tool_tokens.verify(
        token, tool=tool, tool_keys=campus.tool_keys, audiences=[campus.origin], now=now
    )
    items = deep_linking.items_in(claims, tool)
    with campus.store.transaction() as db:
        tool_tokens.use_once(db, tool=tool, identifier=claims.get("nonce"), claims=claims)
        asked = deep_linking.take_request(
            db, claims.get(names.DEEP_LINKING + "data"), tool=tool, now=now
        )
        links = deep_linking.add_items(db, items, tool=tool, asked=asked)
    said = {name: str(claims.get(names.DEEP_LINKING + name, "")) for name in ("msg", "errormsg")}
    return links, said
