"""A real server, a small quiz and a real Chromium with the built extension."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright

from invigil.accounts.roles import Grant, Role
from invigil.app import build_ports
from invigil.exams.settings import ExamSettings, QuizSettings
from invigil.kit.rooms import Ports
from invigil.settings import Settings
from ops.dev import system
from server.tests.factories.world import World
from server.tests.fakes import FakeClock

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILT = Path(os.environ.get("INVIGIL_EXTENSION", ROOT / "extension" / ".output" / "chrome-mv3"))
EXTENSION_ID = "anihdhmookngfjpbhagdmpdbdpgfcboh"
CONSENT = (
    "--auto-accept-camera-and-microphone-capture",
    "--auto-select-desktop-capture-source=Entire",
)
START_PATIENCE_S = 120
CHECKS = ["browser", "server", "disk", "displays", "camera", "microphone", "screen", "key"]


@dataclass
class Stand:
    """Where a test's exam takes place."""

    folder: Path
    port: int
    quiz: str
    keys: dict[str, str] = field(default_factory=dict)
    institution: str = "demo"
    person: str = ""
    exam: str = ""
    staff_token: str = ""
    candidate: str = ""
    _server: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "INVIGIL_DATA_DIR": str(self.folder / "data"),
            "INVIGIL_PORT": str(self.port),
            "INVIGIL_EXTENSION_IDS": EXTENSION_ID,
        }

    def start_server(self) -> None:
        """Start the server and wait until it is ready."""
        command = [sys.executable, "-m", "invigil", "serve"]
        with (self.folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                command, env=os.environ | self.environment, stdout=log, stderr=log
            )
        until = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.server}/healthz", timeout=1)
                return
            time.sleep(0.1)
        self.stop_server(signal.SIGKILL)
        raise RuntimeError((self.folder / "server.log").read_text())

    def stop_server(self, how: int = signal.SIGTERM) -> None:
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(timeout=20)
            self._server = None

    def prepare(
        self,
        *,
        minimum_client: str = "0.1.0",
        opens: str = "/quiz/start",
        names_start: bool = True,
        **settings: Any,
    ) -> None:
        """Make institution, staff, exam and candidate, then let the staff make the keys.

        `minimum_client` is what the root asks of extensions, `opens` is the path where the
        exam is opened, settings are the exam's. Without `names_start` nobody said which page asks
        for the access code.
        """
        quiz = QuizSettings(
            launch_url=f"{self.quiz}{opens}",
            exam_start=f"{self.quiz}/quiz/start" if names_start else "",
            exam_take=f"{self.quiz}/quiz/take*",
            exam_end=f"{self.quiz}/quiz/done",
        )
        exam = ExamSettings(quiz=quiz, **settings)
        self.with_world(lambda world: self._make_people(world, exam))
        wanted = {"token": self.staff_token, "minimum_client": minimum_client}
        self.keys = self._run("ceremony.ts", wanted)

    async def _make_people(self, world: World, settings: ExamSettings) -> None:
        institution = await world.institution(self.institution)
        course = await world.course(institution)
        exam = await world.exam(course, settings)
        roles = (Role.AUTHOR, Role.REVIEWER)
        grants = [Grant(Role.ADMINISTRATOR), *(Grant(role, course.id) for role in roles)]
        staffer = await world.staffer(institution, *grants)
        candidate = await world.person(institution)
        self.person, self.exam, self.candidate = staffer.person.id, exam.id, candidate.id
        self.staff_token = staffer.headers["Authorization"].removeprefix("Bearer ")

    def launch_token(self) -> str:
        """A way into the exam, as the LMS would give one."""

        async def make(world: World) -> str:
            from invigil.accounts.models import Person
            from invigil.exams.models import Exam

            async with world.ports.database.transaction(writes=False) as session:
                person = await session.get_one(Person, self.candidate)
                exam = await session.get_one(Exam, self.exam)
            return await world.launch(person, exam)

        token: str = self.with_world(make)
        return token

    def launch_link(self, **more: str) -> str:
        """The link of the server's launch page; `more` goes into its fragment."""
        fields = {"v": "1", "for": "candidate", "server": self.server}
        fragment = urllib.parse.urlencode(fields | {"token": self.launch_token()} | more)
        return f"chrome-extension://{EXTENSION_ID}/open.html#{fragment}"

    def review(self, attempt: str, folder: Path) -> dict[str, Any]:
        """Verify and open an attempt as its reviewer."""
        folder.mkdir(exist_ok=True)
        request = {
            "token": self.staff_token,
            "attempt": attempt,
            "keys": self.keys,
            "folder": str(folder),
        }
        report: dict[str, Any] = self._run("review.ts", request)
        return report

    def _run(self, script: str, request: dict[str, Any]) -> Any:
        whole = request | {
            "server": self.server,
            "institution": self.institution,
            "person": self.person,
            "exam": self.exam,
        }
        done = subprocess.run(
            ["node", "--no-warnings", str(HERE / script)],
            input=json.dumps(whole).encode(),
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode())
        return json.loads(done.stdout)

    def with_world(self, work: Any) -> Any:
        """Do work in the stand's database with the factories of the server's tests."""

        async def run() -> Any:
            previous = dict(os.environ)
            os.environ.update(self.environment)
            try:
                ports: Ports = build_ports(Settings())
            finally:
                os.environ.clear()
                os.environ.update(previous)
            try:
                return await work(World(ports, FakeClock(time.time_ns() // 1_000_000)))
            finally:
                await ports.database.close()

        # Playwright has a loop of its own in this thread.
        with ThreadPoolExecutor(max_workers=1) as elsewhere:
            return elsewhere.submit(lambda: asyncio.run(run())).result()


def built_extension(folder: Path, *, granted: list[str], without: list[str] | None = None) -> Path:
    """Copy the built extension; what a person would grant in a dialogue is granted in the manifest.

    Only the manifest differs: there is no code for tests in the extension.
    """
    copy = folder / "extension"
    shutil.copytree(BUILT, copy)
    path = copy / "manifest.json"
    manifest = json.loads(path.read_text())
    kept = [one for one in manifest["permissions"] if one not in (without or [])]
    manifest["permissions"] = [*kept, "scripting"]
    manifest["optional_permissions"].remove("scripting")
    manifest["host_permissions"] = granted
    path.write_text(json.dumps(manifest))
    return copy


@contextlib.contextmanager
def chromium(
    playwright: Playwright,
    extension: Path,
    profile: Path,
    *switches: str,
    headless: bool = False,
    consents: bool = True,
) -> Iterator[BrowserContext]:
    """A Chromium with the extension, fake devices and consent.

    A later switch replaces an earlier one. Unless `consents`, nobody allows devices or
    picks a screen: switches say what happens.
    """
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=system.chromium(),
        headless=False,
        # Playwright was started before there was a screen: it knows of no DISPLAY.
        env={**os.environ},
        ignore_default_args=["--disable-extensions"],
        args=[
            *(["--headless=new"] if headless else []),
            f"--load-extension={extension}",
            f"--disable-extensions-except={extension}",
            "--no-sandbox",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-gpu",
            "--use-fake-device-for-media-stream",
            *(CONSENT if consents else ()),
            *switches,
        ],
    )
    try:
        yield context
    finally:
        with contextlib.suppress(Exception):
            context.close()


@dataclass
class Candidate:
    """Speaks to the background as our pages do; from the popup, which asks nothing itself."""

    page: Page

    @staticmethod
    def arrive(context: BrowserContext) -> Candidate:
        page = context.new_page()
        page.goto(f"chrome-extension://{EXTENSION_ID}/popup.html")
        return Candidate(page)

    def ask(self, kind: str, **body: object) -> Any:
        """Ask, and give the answer's value. A problem fails the test."""
        outcome = self.outcome(kind, **body)
        assert outcome["ok"], (kind, outcome)
        return outcome["value"]

    def outcome(self, kind: str, **body: object) -> Any:
        return self.page.evaluate(
            "message => chrome.runtime.sendMessage(message)",
            {"to": "background", "kind": kind, "body": body},
        )

    def pass_checks(self, *, noted: tuple[str, ...] = ()) -> None:
        """From the launch to `ready`, every check reported as passed, or as noted."""
        self.ask("key.check")
        self.ask("agreement.accept", typed_name="Ada Lovelace", text="I agree.")
        self.ask("checks.begin")
        self.report_checks(noted=noted)

    def report_checks(self, *, noted: tuple[str, ...] = ()) -> None:
        """From `checking` to `ready`: every check is passed but those that are noted."""
        assert self.ask("source.open", source="screen")["is"] == "live"
        for check in CHECKS:
            result = "noted" if check in noted else "passed"
            outcome = {"result": result, "note": "", "at": 0}
            self.ask("check.report", check=check, outcome=outcome)
        self.ask("attempt.ready")

    def start(self) -> None:
        self.press("attempt.start")

    def press(self, kind: str) -> None:
        """Ask for what leads the tab to the quiz, so that nobody is there to hear the answer."""
        message = {"to": "background", "kind": kind, "body": {}}
        self.page.evaluate("message => void chrome.runtime.sendMessage(message)", message)

    def wait_for_phase(self, *phases: str, timeout_s: float = 60) -> dict[str, Any]:
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            record: dict[str, Any] | None = self.ask("attempt.get")
            if record is not None and record["phase"] in phases:
                return record
            self.page.wait_for_timeout(250)
        raise AssertionError(f"the attempt is {record and record['phase']}, not {phases}")
