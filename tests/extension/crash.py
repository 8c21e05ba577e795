"""Crashes, as hard as they come."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def kill_browser(profile: Path) -> None:
    """SIGKILL to every process of the browser that uses this profile: a crash, not a good-bye."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if f"--user-data-dir={profile}".encode() in command:
            os.kill(int(entry.name), signal.SIGKILL)
