"""A launch on the device that records already, whatever became of its memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.extension.crash import kill_browser
from tests.extension.sitting import Opening, begin, finish, record
from tests.extension.stand import Candidate, Stand

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]


def test_the_device_that_records_is_let_in_again_at_once_though_its_record_is_lost(
    opening: Opening, stand: Stand, tmp_path: Path
) -> None:
    with opening() as context:
        candidate = begin(context, stand)
        before = candidate.ask("attempt.get")["attempt"]["id"]
        record(candidate, 8)
        kill_browser(stand.folder / "profile")
    with opening() as context:
        candidate = Candidate.arrive(context)
        candidate.wait_for_phase("interrupted")
        candidate.page.evaluate("chrome.storage.local.remove('attempt')")
        again = candidate.ask(
            "launch.redeem", server=stand.server, token=stand.launch_token(), course_root=None
        )
        watcher = Candidate.arrive(context)
        candidate.press("attempt.resume")
        watcher.wait_for_phase("recording")
        record(watcher, 6)
        finish(watcher)
    review = stand.review(before, tmp_path / "opened")

    assert (again["is"], again["record"]["attempt"]["id"]) == ("launched", before)
    assert again["record"]["phase"] == "interrupted"
    assert (review["verdict"], [gap["cause"] for gap in review["gaps"]]) == ("complete", ["crash"])


@contextmanager
def another_server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that takes down what it is sent and gives nothing: its origin, and what it heard."""
    heard: list[dict[str, Any]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(404)
            self.end_headers()

        def do_OPTIONS(self) -> None:
            self.send_response(204)
            for name in ("Origin", "Headers", "Methods"):
                self.send_header(f"Access-Control-Allow-{name}", "*")
            self.end_headers()

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        server.server_close()


def test_no_server_is_sent_the_token_of_another(opening: Opening, stand: Stand) -> None:
    with opening() as context, another_server() as (stranger, heard):
        candidate = Candidate.arrive(context)
        candidate.ask(
            "launch.redeem", server=stand.server, token=stand.launch_token(), course_root=None
        )
        candidate.outcome("launch.redeem", server=stranger, token="t" * 43, course_root=None)

    assert [(sent["token"], sent["attempt_token"]) for sent in heard] == [("t" * 43, None)]
