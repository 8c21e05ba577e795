"""A Chromium with the extension, where there is a display to show it on."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ops.demo.installation import Installation
from ops.dev.build import OUTPUT
from ops.dev.system import chromium

GRACE_S = 5
# One browser profile is one person: campus keeps the sign-in in a cookie, as every LMS does.
PEOPLE = ("instructor", "student")


def may_open(environment: Mapping[str, str]) -> bool:
    """Whether there is a display, and nobody said no."""
    has_display = bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
    return has_display and environment.get("NO_BROWSER", "") in {"", "0"}


@contextmanager
def open_windows(installation: Installation) -> Iterator[None]:
    """Show campus in two browsers, the instructor's and the student's, until the block ends.

    Raises FileNotFoundError if there is no Chromium.
    """
    program = chromium()
    with ExitStack() as stack:
        for person in PEOPLE:
            profile = installation.directory / f"chromium-{person}"
            browser = _open(program, profile, installation.campus_url)
            stack.callback(_close, browser)
        yield


def _open(program: Path, profile: Path, url: str) -> subprocess.Popen[bytes]:
    flags = [
        f"--user-data-dir={profile}",
        f"--load-extension={OUTPUT}",
        f"--disable-extensions-except={OUTPUT}",
        "--no-first-run",
        "--no-default-browser-check",
    ]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium refuses to be root otherwise
    log = profile.with_suffix(".log")
    with log.open("ab") as output:
        return subprocess.Popen(
            [program, *flags, url],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _close(browser: subprocess.Popen[bytes]) -> None:
    browser.terminate()
    try:
        browser.wait(timeout=GRACE_S)
    except subprocess.TimeoutExpired:
        browser.kill()
        browser.wait()
