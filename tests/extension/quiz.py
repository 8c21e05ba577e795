"""A quiz of three pages on loopback: asks for an access code, is taken, is handed in.

Whoever was signed out (`/login/out`) meets the LMS's own sign-in first. The
way from `/course` leads there too, and `/quiz/elsewhere` has a form that posts to another origin.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

ACCESS_CODE, PASSWORD = "open sesame", "correct horse"
START = """<!doctype html><title>Quiz</title><h1>Quiz</h1>
<form method="post" action="/quiz/start"><label>Access code
<input type="password" id="access-code" name="code"></label>
<button name="go" value="1">Start</button>
</form>
<script>addEventListener("pagehide", () => sessionStorage.setItem("typed",
document.querySelector("#access-code").value))</script>"""
LOGIN = """<!doctype html><title>Sign in</title><h1>Sign in</h1>
<form method="post" action="/login"><label>Password
<input type="password" name="password"></label><button>Sign in</button></form>"""
TAKE = """<!doctype html><title>Question</title><h1>Question 1</h1>
<a href="/quiz/done">Hand in</a>"""
LONG = """<!doctype html><meta name="viewport" content="width=device-width"><title>Long</title>
<style>body { margin: 0 } p { height: 1500px } button { width: 100%; height: 44px }
invigil-bar { display: none !important; height: 0 !important; opacity: 0 !important }</style>
<h1>A long page that would rather have no bar</h1><button>First</button><p></p>
<button id="last">Next question</button>"""
DONE = "<!doctype html><title>Done</title><h1>Handed in</h1>"


class _Lms(ThreadingHTTPServer):
    is_signed_out = False


class _Quiz(BaseHTTPRequestHandler):
    server: _Lms

    def do_GET(self) -> None:
        if self.path == "/login/out":
            self.server.is_signed_out = True
        if self.path == "/course" or (self.server.is_signed_out and self.path != "/login"):
            self._lead_to("/login")
        elif self.path == "/quiz/elsewhere":
            _, port = self.headers["Host"].split(":")
            other = f"http://localhost:{port}/quiz/start"
            self._say(START.replace("/quiz/start", other))
        else:
            pages = {"/quiz/take": TAKE, "/quiz/take-long": LONG, "/quiz/done": DONE}
            self._say((pages | {"/login": LOGIN}).get(self.path, START))

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        given = parse_qs(self.rfile.read(length).decode())
        if self.path == "/login":
            self._sign_in(given)
        elif given == {"code": [ACCESS_CODE], "go": ["1"]}:
            self._lead_to("/quiz/take")
        else:
            self._say(START + "<p>Wrong code</p>")

    def _sign_in(self, given: dict[str, list[str]]) -> None:
        if given != {"password": [PASSWORD]}:
            self._say(LOGIN + "<p>Wrong password</p>")
            return
        self.server.is_signed_out = False
        self._lead_to("/quiz/start")

    def _lead_to(self, path: str) -> None:
        self.send_response(303)
        self.send_header("Location", path)
        self.end_headers()

    def _say(self, page: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Stay silent."""


@contextmanager
def quiz_at(port: int) -> Iterator[str]:
    """Serve the quiz; give its origin."""
    server = _Lms(("127.0.0.1", port), _Quiz)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()
