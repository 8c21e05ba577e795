"""A real Chromium with the built extension, one profile for one person."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import BrowserContext, Playwright

from ops.dev.system import chromium
from ops.sit.screen import SIZE, Screen

ALWAYS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--lang=en",
)
CONSENT = (
    "--auto-accept-camera-and-microphone-capture",
    "--auto-select-desktop-capture-source=Entire screen",
)


@dataclass(frozen=True)
class Devices:
    """What the fake camera and microphone give; None: Chromium's own test picture and beep."""

    camera: Path | None = None
    audio: Path | None = None
    switches: Sequence[str] = CONSENT

    @property
    def flags(self) -> list[str]:
        flags = ["--use-fake-device-for-media-stream", *self.switches]
        if self.camera is not None:
            flags.append(f"--use-file-for-fake-video-capture={self.camera.resolve()}")
        if self.audio is not None:
            flags.append(f"--use-file-for-fake-audio-capture={self.audio.resolve()}")
        return flags


@dataclass(frozen=True)
class Profile:
    """One person's browser: where it is kept, which extension it has, and which screen it is on."""

    directory: Path
    extension: Path
    screen: Screen | None = None
    devices: Devices | None = None

    @property
    def flags(self) -> list[str]:
        flags = [*ALWAYS, f"--load-extension={self.extension}"]
        flags.append(f"--disable-extensions-except={self.extension}")
        if self.screen is None:
            flags.append("--headless=new")
        flags += ["--window-position=0,0", f"--window-size={SIZE[0]},{SIZE[1]}"]
        return flags + (self.devices.flags if self.devices else [])

    def process(self) -> psutil.Process:
        """The browser's main process."""
        mark = f"--user-data-dir={self.directory}"
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if mark in words and not any(word.startswith("--type=") for word in words):
                return process
        raise LookupError(f"no browser runs in {self.directory}")


@contextmanager
def browser(playwright: Playwright, profile: Profile) -> Iterator[BrowserContext]:
    """Run it until the block ends."""
    context = playwright.chromium.launch_persistent_context(
        profile.directory,
        executable_path=chromium(),
        headless=False,  # the flag for it is among ours: Playwright's own brings another browser
        ignore_default_args=["--disable-extensions"],
        args=profile.flags,
        env=dict(profile.screen.environment) if profile.screen else None,
        no_viewport=True,
        accept_downloads=True,
    )
    try:
        yield context
    finally:
        context.close()
