"""One exam, sat whole in a real Chromium, that the tests of this folder look at from all sides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from ops.sit.album import Album
from ops.sit.browser import Devices, browser
from ops.sit.course import ACCESS_CODE
from ops.sit.instructor import Instructor
from ops.sit.sitting import Hall, Order, Sat, Verdict, hall, sit_exam, verify
from ops.sit.student import NAME
from tests.e2e.barriers import Barrier, barriers_of
from tests.e2e.plaintext import CONTROL, found_in_memory, secrets_of
from tests.extension.clips import make_clips

# The fake devices begin anew, and out of step, at the end of their clip: it is never reached.
CLIP_S = 120
SECONDS = 24


@dataclass
class Sitting:
    """A sat exam: its hall still runs, and the reviewer is still at the attempt."""

    place: Hall
    instructor: Instructor
    staff_page: Page
    folder: Path
    sat: Sat
    export: Path
    verdict: Verdict
    remembered: set[bytes]
    """Which secrets, and which of the things it must know, stood in the server's memory."""
    barriers: list[Barrier] = field(default_factory=list)

    @property
    def extracted(self) -> Path:
        return self.folder / "extracted"


@pytest.fixture(scope="package")
def sitting(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[Sitting]:
    folder = tmp_path_factory.mktemp("sitting")
    camera, audio = make_clips(folder, seconds=CLIP_S)
    found: list[Barrier] = []
    album = Album(folder / "pictures", lambda name, page: found.extend(barriers_of(name, page)))
    order = Order(folder, Devices(camera, audio), SECONDS)
    with hall(folder / "hall", playwright) as place, ExitStack() as stack:
        desk = stack.enter_context(browser(place.playwright, place.profile("instructor")))
        instructor = Instructor(desk, place.installation.campus_url, album)
        page = instructor.prepare_exam(ACCESS_CODE)
        sat = sit_exam(order, place, album)
        instructor.review(page, NAME)
        export = folder / "export.zip"
        instructor.export(page, export)
        page.get_by_role("button", name="Close").click()
        verdict = verify(export, folder / "extracted")
        # Now, in the process that took it all: tests restart the server.
        secrets = secrets_of(instructor.phrase, export)
        remembered = found_in_memory(place.server.process.pid, secrets | CONTROL)
        yield Sitting(place, instructor, page, folder, sat, export, verdict, remembered, found)
        place.server.stop()  # it may be another than the one that the hall started
