"""A screen that is not there: real windows on Xvfb, and the keys that a person would press."""

import os
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.dev.system import program

SIZE = (1920, 1080)
BYTES_PER_PIXEL = 4
# Tabs and address: the browser's own part of its window, which no page can draw on.
BROWSERS_OWN_ROWS = 70


class ScreenMissingError(Exception):
    """Xvfb or xdotool is not installed; the message says how to get it."""


@dataclass(frozen=True)
class Screen:
    """A display of its own, as wide as a common monitor. `memory` is the file of its pixels."""

    display: str
    memory: Path

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        return inherited | {"DISPLAY": self.display}

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, in whatever window has the focus."""
        command = ["xdotool", "key", "--delay", "100", *keys]
        subprocess.run(command, env=self.environment, check=True)

    def brightness(self) -> float:
        """Of the browser's own part of its window, 0 to 255: a dialogue of the browser dims it."""
        greens = self._pixels(BROWSERS_OWN_ROWS)[1::BYTES_PER_PIXEL]
        return sum(greens) / len(greens)

    def save_picture(self, path: Path) -> None:
        """Write what a person sees as PNG: the browser's own dialogues too."""
        width, height = SIZE
        pixels = self._pixels(height)
        rgb = bytearray(width * height * 3)
        for place in range(3):  # memory has blue, green, red and one byte of nothing
            rgb[place::3] = pixels[2 - place :: BYTES_PER_PIXEL]
        rows = b"".join(b"\0" + rgb[at : at + width * 3] for at in range(0, len(rgb), width * 3))
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks))

    def _pixels(self, rows: int) -> bytes:
        with self.memory.open("rb") as file:
            header = struct.unpack(">25I", file.read(100))  # XWDFile.h
            file.seek(header[0] + header[19] * 12)
            return file.read(rows * header[12])


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


@contextmanager
def virtual_screen() -> Iterator[Screen]:
    """Run Xvfb on a display that is free, until the block ends."""
    for command in ("Xvfb", "xdotool"):
        if program(command) is None:
            raise ScreenMissingError(
                f"{command} is not installed, and an exam is sat on a screen of its own. "
                "On Debian, as root: apt install xvfb xdotool"
            )
    with tempfile.TemporaryDirectory() as folder:
        server, number = _start(folder)
        try:
            if not number:
                raise ScreenMissingError("Xvfb did not start.")
            yield Screen(f":{number}", Path(folder) / "Xvfb_screen0")
        finally:
            server.terminate()
            server.wait()


def _start(folder: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start Xvfb; it says its number when it is ready, and nothing if it dies."""
    reading, writing = os.pipe()
    size = "x".join(map(str, (*SIZE, 24)))
    options = ["-displayfd", str(writing), "-screen", "0", size, "-fbdir", folder]
    server = subprocess.Popen(
        ["Xvfb", *options, "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(writing)
    with os.fdopen(reading) as said:
        return server, said.readline().strip()
