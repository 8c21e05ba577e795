"""A fake camera that another program takes just when it was seen and is about to be opened."""

from __future__ import annotations

import ctypes
import os
import struct
import threading
from pathlib import Path

CLOSED_UNWRITTEN = 0x10
EVENT = struct.Struct("iIII")
LOOKS = 2
"""How often the browser reads a camera's formats, at the least, before it opens it."""


class BusyCamera:
    """The file behind the browser's fake camera; `taken`, it can be seen and not be opened."""

    def __init__(self, clip: Path) -> None:
        self._clip = clip
        self._whole = clip.read_bytes()
        self._looks_left: int | None = None
        libc = ctypes.CDLL(None, use_errno=True)
        looks = libc.inotify_init()
        libc.inotify_add_watch(looks, str(clip).encode(), CLOSED_UNWRITTEN)
        # Waits for a look as long as the tests run.
        threading.Thread(target=self._notice, args=(looks,), daemon=True).start()

    def take(self) -> None:
        """Let the browser look; what it opens afterwards is empty, which is `NotReadableError`."""
        self.free()
        self._looks_left = LOOKS

    def free(self) -> None:
        """Give the camera back."""
        self._looks_left = None
        self._clip.write_bytes(self._whole)

    def _notice(self, looks: int) -> None:
        while True:
            events = os.read(looks, 4096)
            for _ in range(len(events) // EVENT.size):
                self._looked()

    def _looked(self) -> None:
        if self._looks_left is None:
            return
        self._looks_left -= 1
        if self._looks_left == 0:
            os.truncate(self._clip, 0)
