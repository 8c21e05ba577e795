"""A quiz of three pages on loopback: asks for an access code, is taken, is handed in.

Its site has a sign-in on the way from `/course`, and a page whose form posts elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

ACCESS_CODE = "open sesame"
START = """<!doctype html><title>Quiz</title><h1>Quiz</h1>
<form method="post" action="/quiz/start"><label>Access code
<input type="password" id="access-code" name="code"></label>
<button name="go" value="1">Start</button>
</form>
<script>addEventListener("pagehide", () => sessionStorage.setItem("typed",
document.querySelector("#access-code").value))</script>"""
TAKE = """<!doctype html><title>Question</title><h1>Question 1</h1>
<a href="/quiz/done">Hand in</a>"""
LOGIN = """<!doctype html><title>Sign in</title><h1>Sign in</h1>
<form method="post" action="/login"><label>Password
<input type="password" name="password"></label><button>Sign in</button></form>"""
DONE = "<!doctype html><title>Done</title><h1>Handed in</h1>"


class _Quiz(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        pages = {"/quiz/take": TAKE, "/quiz/done": DONE, "/login": LOGIN}
        if self.path == "/course":
            self._lead_to("/login")
        elif self.path == "/quiz/elsewhere":
            other = f"http://localhost:{self.server.server_address[1]}/quiz/start"
            self._say(START.replace("/quiz/start", other))
        else:
            self._say(pages.get(self.path, START))

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        given = parse_qs(self.rfile.read(length).decode())
        if self.path == "/login":
            self._lead_to("/quiz/start")
        elif given != {"code": [ACCESS_CODE], "go": ["1"]}:
            self._say(START + "<p>Wrong code</p>")
        else:
            self._lead_to("/quiz/take")

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
    server = ThreadingHTTPServer(("127.0.0.1", port), _Quiz)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()
