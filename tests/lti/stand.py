"""A real server, a real campus and a Chromium with a stand-in for the extension's front door."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, FrameLocator, Page, Playwright

from ops.dev.system import chromium
from tests.lti.tls import Change, https, make_certificate

PATIENCE_S = 60


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def extension_id_of(folder: Path) -> str:
    """The id that Chromium gives to an extension without a key: made of its path."""
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:32]
    return "".join(chr(ord("a") + int(digit, 16)) for digit in digest)


def make_front_door(folder: Path) -> None:
    """Write an extension that has what the launch page looks for (wire.md §3), and nothing else."""
    folder.mkdir()
    manifest = {
        "manifest_version": 3,
        "name": "Front door",
        "version": "1",
        "web_accessible_resources": [
            {"resources": ["present.json", "open.html"], "matches": ["<all_urls>"]}
        ],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "present.json").write_text('{"invigil":"0.1.0"}')
    (folder / "open.html").write_text("<!doctype html><title>Front door</title>")


@dataclass
class Stand:
    """Where the two sides are. `campus_host` decides whether they count as one site."""

    folder: Path
    campus_host: str = "127.0.0.1"
    campus_options: tuple[str, ...] = ()
    is_https: bool = False
    change: Change = bytes
    """Alters what the server says on its way to the browser, over https alone."""
    server_port: int = field(default_factory=free_port)
    campus_port: int = field(default_factory=free_port)
    https_ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))

    @property
    def server(self) -> str:
        if self.is_https:
            return f"https://127.0.0.1:{self.https_ports[0]}"
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def campus(self) -> str:
        if self.is_https:
            return f"https://{self.campus_host}:{self.https_ports[1]}"
        return f"http://{self.campus_host}:{self.campus_port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    @property
    def front_door(self) -> Path:
        return self.folder / "front-door"

    def invigil(self, *arguments: str) -> str:
        """Run the server's command line."""
        done = subprocess.run(
            [sys.executable, "-m", "invigil", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def connect_campus(self, tool: Path) -> str:
        """Tell campus about a tool; return campus's side of the connection."""
        options = ("--data", str(self.folder / "campus"), "--tool", str(tool))
        done = subprocess.run(
            [sys.executable, "-m", "campus.connect", *options, "--origin", self.campus],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    @contextmanager
    def running(self) -> Iterator[None]:
        make_front_door(self.front_door)
        names = ("--name", "Demo University", "--administrator", "Root")
        self.invigil("init", "--institution", "demo", *names, "--contact", "Room 12")
        campus = ("--port", str(self.campus_port), "--data", str(self.folder / "campus"))
        origin = ("--origin", self.campus, *self.campus_options)
        with ExitStack() as stack:
            if self.is_https:
                self._take_https(stack)
            stack.enter_context(self._process("invigil", "serve"))
            stack.enter_context(self._process("campus", *campus, *origin))
            _wait_for(f"http://127.0.0.1:{self.server_port}")
            _wait_for(f"http://127.0.0.1:{self.campus_port}")
            yield

    def _take_https(self, stack: ExitStack) -> None:
        make_certificate(self.certificate)
        ports = (self.server_port, self.change), (self.campus_port, bytes)
        for port, (plain, change) in zip(self.https_ports, ports, strict=True):
            stack.enter_context(https(self.certificate, port, plain=plain, change=change))

    @contextmanager
    def _process(self, module: str, *arguments: str) -> Iterator[None]:
        with (self.folder / f"{module}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env=self._environment,
                stdout=log,
                stderr=log,
            )
            try:
                yield
            finally:
                process.terminate()
                process.wait(PATIENCE_S)

    @property
    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "INVIGIL_DATA_DIR": str(self.folder / "data"),
            "INVIGIL_PORT": str(self.server_port),
            "INVIGIL_EXTENSION_IDS": extension_id_of(self.front_door),
            "INVIGIL_PUBLIC_URL": self.server,
            "INVIGIL_LTI_TRUSTED_HOSTS": urlsplit(self.campus).netloc,
            **({"SSL_CERT_FILE": str(self.certificate)} if self.is_https else {}),
        }


def _wait_for(origin: str) -> None:
    ends = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(f"{origin}/healthz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < ends, f"{origin} did not start"
            time.sleep(0.2)


@contextmanager
def browser(
    playwright: Playwright, stand: Stand, *, has_extension: bool, is_strict: bool = False
) -> Iterator[BrowserContext]:
    """A fresh profile, with or without the front door; a strict one blocks third-party cookies."""
    extra = [
        f"--load-extension={stand.front_door}",
        f"--disable-extensions-except={stand.front_door}",
    ]
    profile = _strict_profile(stand.folder / "profile") if is_strict else ""
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=chromium(),
        headless=False,
        ignore_https_errors=stand.is_https,
        ignore_default_args=["--disable-extensions"],
        args=["--headless=new", "--no-sandbox", "--disable-gpu", *(extra if has_extension else [])],
    )
    context.set_default_timeout(PATIENCE_S * 1000)
    try:
        yield context
    finally:
        context.close()


def _strict_profile(folder: Path) -> Path:
    """Write the settings of somebody who blocks third-party cookies."""
    (folder / "Default").mkdir(parents=True)
    blocks = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}
    (folder / "Default" / "Preferences").write_text(json.dumps(blocks))
    return folder


def sign_in(context: BrowserContext, stand: Stand, person: str) -> Page:
    """Sign in to campus."""
    page = context.new_page()
    page.goto(f"{stand.campus}/sign-in")
    page.click(f'button[data-person="{person}"]')
    return page


def connect(page: Page, stand: Stand) -> None:
    """Let campus register the tool by itself, then approve it on both sides."""
    page.goto(f"{stand.campus}/tools")
    page.fill("#registration-url", f"{stand.server}/lti/register")
    page.click("#register-in-frame")
    page.wait_for_url("**/tools")
    [registration] = json.loads(stand.invigil("lti", "list", "--json"))
    stand.invigil("lti", "approve", registration["id"])
    page.click("a.main-link")
    page.click("#activate")


def connect_by_hand(context: BrowserContext, stand: Stand) -> str:
    """Enter the connection on both sides and let the teacher open the link once; return it.

    The link names no exam: the teacher's launch makes it.
    """
    addresses = json.loads(stand.invigil("lti", "urls", "--json"))
    tool = {
        "client_id": "by-hand",
        "name": "Invigil",
        "login_url": addresses["login_url"],
        "launch_url": addresses["launch_url"],
        "jwks_url": addresses["jwks_url"],
        "redirect_uris": [addresses["redirect_uri"]],
        "links": [
            {
                "id": "exam",
                "title": "Midterm",
                "url": addresses["launch_url"],
                "display": "iframe",
            }
        ],
    }
    file = stand.folder / "tool.json"
    file.write_text(json.dumps(tool))
    theirs = json.loads(stand.connect_campus(file))
    places = {name: theirs[name] for name in ("auth_url", "token_url", "jwks_url")}
    options = {"client-id": "by-hand", "deployment": "1", "issuer": theirs["issuer"], **places}
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    stand.invigil("lti", "add", "--institution=demo", *words)
    page = sign_in(context, stand, "u-ada")
    page.goto(f"{stand.campus}/link/exam")
    tool_frame(page).get_by_role("heading", name="Midterm").wait_for()
    return f"{stand.campus}/link/exam"


def pick_exam(page: Page, stand: Stand, title: str, *, display: str) -> str:
    """Add a link to a new exam; return the link's address."""
    page.goto(f"{stand.campus}/links/new")
    page.check(f'[name=display][value="{display}"]')
    page.select_option("#quiz", "1")
    page.click("#pick-in-frame")
    picker = tool_frame(page)
    picker.locator("#title").fill(title)
    picker.locator("button[type=submit]").click()
    page.wait_for_url("**/course/**")
    address = page.locator("a[href^='/link/']").first.get_attribute("href") or ""
    return stand.campus + address.removesuffix("/edit")


def tool_frame(page: Page) -> FrameLocator:
    return page.frame_locator("#tool-frame")
