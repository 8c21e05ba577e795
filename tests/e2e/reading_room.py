"""A reviewer with recordings to look at: a real server, sealed attempts, the built extension.

Nobody sits these exams: camera and screen come from a clip, sealed by the real format in seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright, expect

from bench.attempts.make import make_attempt
from invigil.attempts.life import State
from invigil.exams.models import Exam
from ops.sit.ports import free_ports
from server.tests.factories.world import World
from tests.extension.stand import EXTENSION_ID, Stand, built_extension, chromium

APP = f"chrome-extension://{EXTENSION_ID}/staff.html"
UNLOCKING_MS = 30_000


@dataclass
class ReadingRoom:
    """The stand's administrator at the staff app, unlocked. `attempt` is ready to be watched."""

    stand: Stand
    context: BrowserContext
    attempt: str
    extension: Path
    second: str = ""

    def at(self, route: str) -> Page:
        """A page of the staff app of its own, at a route like `/exams`."""
        page = self.context.new_page()
        page.goto(f"{APP}#{route}")
        expect(page.get_by_role("navigation")).to_be_visible(timeout=UNLOCKING_MS)
        return page

    @property
    def attempts(self) -> str:
        return f"/exams/{self.stand.exam}/attempts"

    def watch(self, attempt: str = "") -> Page:
        """An attempt, verified, with both pictures there."""
        page = self.at(f"{self.attempts}/{attempt or self.attempt}")
        for stream in ("camera", "screen"):
            shown = page.locator(f"figure[data-state=shown] video[data-stream={stream}]")
            expect(shown).to_be_visible(timeout=UNLOCKING_MS)
        return page


def crowd(room: ReadingRoom, count: int) -> None:
    """More attempts for the list, of as many candidates: ended, with nothing to watch."""

    async def fill(world: World) -> None:
        async with world.ports.database.transaction(writes=False) as session:
            exam = await session.get_one(Exam, room.stand.exam)
        for _ in range(count):
            await world.attempt(exam, state=State.ENDED, is_opened=True)

    room.stand.with_world(fill)


@contextmanager
def reading_room(
    folder: Path, playwright: Playwright, *, minutes: int = 1
) -> Iterator[ReadingRoom]:
    """Open a reading room with one attempt of some minutes, until the block ends."""
    (port,) = free_ports(1)
    stand = Stand(folder, port, "http://127.0.0.1:1")
    stand.start_server()
    try:
        stand.prepare(agreement_text="I sit this exam by myself.")
        attempt = make_attempt(stand, folder, minutes=minutes).attempt
        extension = built_extension(folder, granted=[f"{stand.server}/*"])
        profile = folder / "profile"
        with chromium(playwright, extension, profile, headless=True) as context:
            unlock_at_once(context, stand)
            yield ReadingRoom(stand, context, attempt, extension)
    finally:
        stand.stop_server()


def unlock_at_once(context: BrowserContext, stand: Stand, *, has_keyring: bool = True) -> None:
    """Sign the stand's administrator in, with the keyring that its ceremony made."""
    keyring = {
        "server": stand.server,
        "institution": stand.institution,
        "person": stand.person,
        "identity": stand.keys["identity"],
        "seed": stand.keys["seed"],
        "touched_at": time.time_ns() // 1_000_000,
    }
    more = {"staff-keyring": keyring} if has_keyring else {}
    sign_in_at_once(context, stand.server, stand.staff_token, more)


def sign_in_at_once(
    context: BrowserContext, server: str, token: str, more: Mapping[str, object] = {}
) -> None:
    """Let a browser have the sign-in of a member of staff."""
    expires = time.time_ns() // 1_000_000 + 3_600_000
    kept = {"staff-sign-in": {"server": server, "token": token, "expires": expires}, **more}
    page = context.new_page()
    page.goto(f"chrome-extension://{EXTENSION_ID}/popup.html")
    page.evaluate("kept => chrome.storage.session.set(kept)", kept)
    page.close()
