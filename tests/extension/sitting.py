"""One candidate's sitting in steps that tests share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.extension.stand import EXTENSION_ID, Candidate, Stand

Opening = Callable[[], AbstractContextManager[BrowserContext]]


def begin(context: BrowserContext, stand: Stand) -> Candidate:
    """Come in, pass the checks, press start; give a page that watches from beside."""
    candidate = Candidate.arrive(context)
    candidate.ask(
        "launch.redeem", server=stand.server, token=stand.launch_token(), course_root=None
    )
    candidate.pass_checks()
    watcher = Candidate.arrive(context)
    candidate.start()
    watcher.wait_for_phase("recording")
    return watcher


def record(candidate: Candidate, seconds: float) -> None:
    """Let time pass: what is tested is what happens in it."""
    candidate.page.wait_for_timeout(seconds * 1000)


def set_camera(context: BrowserContext, page: Page, setting: str) -> None:
    """Take the camera away from the extension in the browser's settings, or give it back."""
    origin = f"chrome-extension://{EXTENSION_ID}"
    context.new_cdp_session(page).send(
        "Browser.setPermission",
        {"permission": {"name": "camera"}, "setting": setting, "origin": origin},
    )


def tab_of_the_quiz(candidate: Candidate, stand: Stand) -> Page:
    """The tab that was led to the quiz, with the access code handed in."""
    for _ in range(80):
        for page in candidate.page.context.pages:
            if page.url == f"{stand.quiz}/quiz/take":
                return page
        record(candidate, 0.25)
    raise AssertionError("no tab came to the quiz")


def wait_for_source(candidate: Candidate, source: str, wanted: str) -> dict[str, object]:
    """The source's state, once it is what is wanted."""
    for _ in range(80):
        state: dict[str, object] = candidate.ask("attempt.get")["sources"][source]
        if state["is"] == wanted:
            return state
        record(candidate, 0.25)
    raise AssertionError(f"{source} never was {wanted}")


def finish(candidate: Candidate) -> dict[str, Any]:
    """End the attempt and wait for the last receipt."""
    candidate.ask("attempt.finish")
    return candidate.wait_for_phase("closed", timeout_s=90)


def of_stream(review: dict[str, Any], stream: str) -> list[dict[str, Any]]:
    return [file for file in review["files"] if file["stream"] == stream]


def paths(review: dict[str, Any], stream: str, folder: Path) -> list[Path]:
    return [folder / file["name"] for file in of_stream(review, stream)]
