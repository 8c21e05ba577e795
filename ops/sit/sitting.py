"""One whole exam: the instructor prepares it, the student sits it, the reviewer opens it."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil
from playwright.sync_api import Page, Playwright, expect

from ops.demo.installation import Installation
from ops.demo.seed import seed
from ops.demo.services import Service, running
from ops.dev.build import OUTPUT
from ops.sit import figures
from ops.sit.album import Album
from ops.sit.browser import Devices, Profile, browser
from ops.sit.course import ACCESS_CODE
from ops.sit.instructor import Instructor
from ops.sit.meter import Meter
from ops.sit.permissions import Permissions, permissions, permissions_left
from ops.sit.ports import free_ports
from ops.sit.screen import Screen, virtual_screen
from ops.sit.stopwatch import Stopwatch
from ops.sit.student import NAME, Student

PATIENCE_MS = 30_000
"""Nothing takes so long; a machine that is busy with other things is slow."""


@dataclass(frozen=True)
class Order:
    """What is wanted: devices, how long the student sits, and where everything is left."""

    out: Path
    devices: Devices = field(default_factory=Devices)
    seconds: float = 60
    answer: Callable[[Student, Page, float], None] = Student.answer
    """What the student does in the quiz for so many seconds, up to its summary page."""


@dataclass
class Hall:
    """Where exams are sat: server and campus, the extension, a screen, browsers to be opened."""

    installation: Installation
    server: Service
    campus: Service
    screen: Screen
    playwright: Playwright
    extension: Path

    def profile(self, name: str, devices: Devices | None = None) -> Profile:
        """A person's browser; with devices it is on the screen, else it needs none."""
        directory = self.installation.directory / f"chromium-{name}"
        return Profile(directory, self.extension, self.screen if devices else None, devices)


@contextmanager
def hall(directory: Path, playwright: Playwright) -> Iterator[Hall]:
    """Open a hall with a fresh server and campus in the directory, until the block ends."""
    expect.set_options(timeout=PATIENCE_MS)
    installation = Installation(directory, *free_ports(2))
    seed(installation, lambda what: print(f"sit: {what}", flush=True))
    # A browser reads the extension from disk as it goes: a rebuild must not take it away.
    extension = directory / "extension"
    shutil.copytree(OUTPUT, extension)
    with ExitStack() as stack:
        server, campus = stack.enter_context(running(installation))
        screen = stack.enter_context(virtual_screen())
        yield Hall(installation, server, campus, screen, playwright, extension)


@dataclass(frozen=True)
class Verdict:
    """What `invigil-verify` says of the export."""

    exit_code: int
    said: list[str]


@dataclass(frozen=True)
class Result:
    """What a sitting came to; everything else is in `Order.out`."""

    verdict: Verdict
    steps: list[dict[str, object]]
    timing: dict[str, object]
    permissions: dict[str, Permissions]


def sit(order: Order, playwright: Playwright) -> Result:
    """Sit one exam, have it reviewed and exported, and verify the export."""
    album = Album(order.out)
    with hall(order.out / "hall", playwright) as place, ExitStack() as stack:
        desk = stack.enter_context(browser(place.playwright, place.profile("instructor")))
        instructor = Instructor(desk, place.installation.campus_url, album)
        staff_page = instructor.prepare_exam(ACCESS_CODE)
        sat = sit_exam(order, place, album)
        instructor.review(staff_page, NAME)
        export = order.out / "export.zip"
        instructor.export(staff_page, export)
        arrived = figures.arrivals(place.installation.server_data / "packs" / "index.db")
    timing = sat.timing | {
        "first_upload_ms": min(arrived.values()) - int(str(sat.timing["started_at_ms"])),
        "bytes_per_stream": figures.bytes_per_stream(export),
        "end_of_file_to_durable_ms": figures.lags_ms(export, arrived),
    }
    verdict = verify(export, order.out / "extracted")
    return Result(verdict, album.steps, timing, {"lent": sat.lent, "left": sat.left})


@dataclass(frozen=True)
class Sat:
    """What the student's part came to."""

    timing: dict[str, object]
    lent: Permissions
    left: Permissions


def sit_exam(order: Order, place: Hall, album: Album) -> Sat:
    """The student's part, from the course to the receipt."""
    profile = place.profile("student", order.devices)
    with browser(place.playwright, profile) as context:
        roots = {
            "server": psutil.Process(place.server.process.pid),
            "student": profile.process(),
        }
        student = Student(context, place.screen, place.installation.campus_url, album)
        page = student.arrive()
        student.agree(page)
        student.allow(page)
        student.pass_checks(page)
        lent = permissions(page)
        meter, stopwatch = Meter(roots), Stopwatch(page)
        started_at_ms = time.time_ns() // 1_000_000
        with meter.running():
            student.start(page)
            order.answer(student, page, order.seconds)
            # The document ends with the recording.
            times = stopwatch.times_ms()
            receipt = student.hand_in(page)
        duration_ms = time.time_ns() // 1_000_000 - started_at_ms
        left = permissions_left(receipt)
    usage = {kind: asdict(each) for kind, each in meter.usage().items()}
    timing = {
        "started_at_ms": started_at_ms,
        "duration_ms": duration_ms,
        "encode_ms": times["encode"],
        "seal_ms": times["seal"],
        "processes": usage,
    }
    return Sat(timing, lent, left)


def verify(export: Path, extracted: Path) -> Verdict:
    """Run `invigil-verify` on the export and extract what it holds."""
    program = Path(sys.executable).with_name("invigil-verify")
    done = subprocess.run(
        [program, export, "--extract", extracted], capture_output=True, text=True, check=False
    )
    return Verdict(done.returncode, (done.stdout + done.stderr).splitlines())
