"""A stand for the whole module's tests: screen, quiz, server with keys, extension."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Playwright, expect

from ops.sit.ports import free_ports
from tests.extension.clips import make_clips
from tests.extension.quiz import quiz_at
from tests.extension.sitting import Opening
from tests.extension.stand import Stand, built_extension, chromium

CLIP_S = 120
PATIENCE_MS = 30_000
"""Nothing takes so long; a machine that is busy with other things is slow."""


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """A real X screen: a headless Chromium has none to share."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as numbers:
        display = f":{numbers.readline().strip()}"
    previous = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = display
    yield display
    if previous is None:
        del os.environ["DISPLAY"]
    else:
        os.environ["DISPLAY"] = previous
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_clips(tmp_path_factory.mktemp("clips"), seconds=CLIP_S)


@pytest.fixture
def stand(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stand]:
    """A server with an exam that is ready to be recorded; a test may ask for it otherwise."""
    wanted: dict[str, Any] = getattr(request, "param", {})
    expect.set_options(timeout=PATIENCE_MS)
    server_port, quiz_port = free_ports(2)
    with quiz_at(quiz_port) as quiz:
        made = Stand(tmp_path, server_port, quiz)
        made.start_server()
        try:
            made.prepare(**wanted)
            yield made
        finally:
            made.stop_server()


@pytest.fixture
def extension(tmp_path: Path, stand: Stand, request: pytest.FixtureRequest) -> Path:
    """The built extension; a test may ask for it `without` some permissions."""
    options: dict[str, list[str]] = getattr(request, "param", {})
    return built_extension(tmp_path, granted=[f"{stand.quiz}/*"], **options)


@pytest.fixture
def opening(
    playwright: Playwright, stand: Stand, extension: Path, clips: tuple[Path, Path]
) -> Opening:
    """Opens the browser: always the same profile, so a second time is a restart."""
    video, sound = clips
    profile = stand.folder / "profile"

    @contextmanager
    def open_browser() -> Iterator[BrowserContext]:
        files = (
            f"--use-file-for-fake-video-capture={video}",
            f"--use-file-for-fake-audio-capture={sound}",
        )
        with chromium(playwright, extension, profile, *files) as context:
            yield context

    return open_browser
