"""What holds for every answer: headers, a bound on bodies, a log without query strings."""

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY_BYTES = 1024 * 1024
log = logging.getLogger("campus.requests")


class Guard:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        guarded = _guarded(scope, send)
        if refusal := _too_much(Headers(scope=scope)):
            await refusal(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)


def _too_much(headers: Headers) -> PlainTextResponse | None:
    if "transfer-encoding" in headers:
        return PlainTextResponse("Send a Content-Length.", status_code=411)
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MOST_BODY_BYTES:
        return PlainTextResponse("This is more than Campus takes.", status_code=413)
    return None


def _guarded(scope: Scope, send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["X-Frame-Options"] = "SAMEORIGIN"
            # An address may hold a launch's parameters; the tool need not see the one before.
            headers["Referrer-Policy"] = "same-origin"
            headers.setdefault(
                "Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'"
            )
            if not scope["path"].startswith("/static/"):
                headers["Cache-Control"] = "no-store"
            # The path alone: query strings carry launch hints, states and registration tokens.
            log.info("%s %s %s", scope["method"], scope["path"], message["status"])
        await send(message)

    return guarded
