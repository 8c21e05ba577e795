"""A learning platform for tests: signs launches and serves keys, tokens, roster and registration.

It listens on loopback, so that our own door to other machines is used as it is.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc.jwk import RSAKey

from server.tests.lti import forge

Answer = tuple[int, dict[str, str], Any]
Route = Callable[["Asked"], Answer]


@dataclass(frozen=True)
class Asked:
    """One request that reached the platform."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Lms:
    """The platform. Tests change `routes` and `keys` to make it misbehave."""

    port: int = 0
    client_id: str = forge.CLIENT_ID
    keys: list[RSAKey] = field(default_factory=lambda: [forge.platform_key()])
    routes: dict[str, Route] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked_for(self, path: str) -> list[Asked]:
        return [each for each in self.asked if each.path == path]

    def jwks(self, _asked: Asked) -> Answer:
        keys = [
            {**{k: key.as_dict(private=False)[k] for k in ("kty", "n", "e")}, "kid": key.kid}
            for key in self.keys
        ]
        return 200, {}, {"keys": keys}

    def id_token(self, nonce: str, now_s: int, **changes: Any) -> str:
        """Sign a learner's launch; changes as in `forge.claims`."""
        return forge.sign(self.claims(nonce, now_s, **changes), key=self.keys[0])

    def claims(
        self, nonce: str, now_s: int, *, deep: bool = False, **changes: Any
    ) -> dict[str, Any]:
        make = forge.deep_linking_claims if deep else forge.claims
        own = {"iss": self.issuer, "aud": self.client_id, "nonce": nonce}
        times = {"iat": now_s, "exp": now_s + 60}
        target = {"target_link_uri": "https://invigil.example.org/lti/launch"}
        members = make(**own, **times, **target)
        if deep:
            settings = dict(members[forge.DEEP_LINKING + "deep_linking_settings"])
            settings["deep_link_return_url"] = f"{self.issuer}/return?course=4"
            members[forge.DEEP_LINKING + "deep_linking_settings"] = settings
        presentation = {"document_target": "iframe", "return_url": f"{self.issuer}/course/4"}
        members[forge.CORE + "launch_presentation"] = presentation
        return forge.changed(members, changes)


@asynccontextmanager
async def listening(lms: Lms) -> AsyncIterator[Lms]:
    """Let a platform listen on a free port of loopback."""
    handlers: list[asyncio.Task[None] | None] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.append(asyncio.current_task())
        try:
            asked = await _read(reader)
            lms.asked.append(asked)
            route = lms.routes.get(asked.path, _nothing)
            writer.write(_write(await asyncio.to_thread(route, asked)))
            await writer.drain()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        lms.port = server.sockets[0].getsockname()[1]
        lms.routes.setdefault("/jwks", lms.jwks)
        yield lms
        await asyncio.gather(*(each for each in handlers if each is not None))


def _nothing(_asked: Asked) -> Answer:
    return 404, {}, {}


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *lines = head.strip().split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value for name, value in (each.split(": ", 1) for each in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Asked(method, parts.path, parse_qs(parts.query), headers, body)


def _write(answer: Answer) -> bytes:
    status, headers, document = answer
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    lines = [f"HTTP/1.1 {status} X", "connection: close", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Browser:
    """A browser on its way through a launch. `dest` is what it says the answer is for."""

    client: httpx.AsyncClient
    lms: Lms
    dest: str = "document"

    async def login(self, **fields: str | None) -> httpx.Response:
        wanted: dict[str, str | None] = {
            "iss": self.lms.issuer,
            "client_id": self.lms.client_id,
            "login_hint": "3",
            "lti_message_hint": '{"cmid":14,"launchid":"x"}',
            "target_link_uri": "https://invigil.example.org/lti/launch",
            **fields,
        }
        form = {name: value for name, value in wanted.items() if value is not None}
        return await self.client.post("/lti/login", data=form, headers=self._headers())

    async def state_and_nonce(self, **fields: str | None) -> tuple[str, str]:
        """Log in; return what the platform would be given."""
        answer = await self.login(**fields)
        assert answer.status_code == 302, answer.text
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return query["state"][0], query["nonce"][0]

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.client.post(path, data=fields, headers=self._headers())

    async def launch(self, now_s: int, **changes: Any) -> httpx.Response:
        """A whole launch of the test's platform."""
        state, nonce = await self.state_and_nonce()
        return await self.post(
            "/lti/launch", state=state, id_token=self.lms.id_token(nonce, now_s, **changes)
        )

    async def send_form(self, page: httpx.Response, action: str, **fields: str) -> httpx.Response:
        """Send one of our own forms, as the page that holds it would."""
        token = form_token(page, action)
        headers = {**self._headers(), "origin": "https://invigil.example.org"}
        return await self.client.post(action, data={"form": token, **fields}, headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"sec-fetch-dest": self.dest, "origin": self.lms.issuer}


def form_token(page: httpx.Response, action: str) -> str:
    """Return the one-time token of the form with this action."""
    form = re.search(
        rf'action="{re.escape(action)}".*?name="form" value="([^"]+)"', page.text, re.DOTALL
    )
    assert form is not None, page.text
    return form[1]


def launch_token(page: httpx.Response) -> str:
    """Return the launch token in the page's link to the extension."""
    link = re.search(r'href="(chrome-extension://[^"]+)"', page.text)
    assert link is not None, page.text
    return parse_qs(urlsplit(link[1].replace("&amp;", "&")).fragment)["token"][0]
