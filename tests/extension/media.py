"""Reads recorded files back with Debian's ffmpeg: frame numbers, flashes, beeps."""

from __future__ import annotations

import array
import itertools
import json
import statistics
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.extension.clips import (
    BAR_HEIGHT,
    BAR_WIDTH,
    BITS,
    FLASH_FROM,
    FRAMES_PER_S,
    HEIGHT,
    SAMPLE_RATE,
    WIDTH,
)

BRIGHT = 128
LOUD = 4_000


@dataclass(frozen=True)
class Frame:
    """A decoded frame of the numbered clip; `t_s` counts from the attempt's opening."""

    t_s: float
    number: int
    is_flash: bool


def joined(files: list[Path], out: Path) -> Path:
    """Join a stream as a player does: one initialisation segment, then every fragment."""
    with out.open("wb") as whole:
        for position, file in enumerate(files):
            for kind, box in boxes(file.read_bytes()):
                if position == 0 or kind in (b"moof", b"mdat"):
                    whole.write(box)
    return out


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The top-level boxes of an ISO file."""
    at = 0
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at : at + size]
        at += size


def probe(file: Path) -> list[dict[str, str]]:
    """The packets of a file, in order."""
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-show_packets", "-of", "json", str(file)],
        capture_output=True,
        check=True,
    )
    packets: list[dict[str, str]] = json.loads(done.stdout)["packets"]
    return packets


def frames(file: Path) -> list[Frame]:
    """Every decoded frame of the numbered clip. A frame that does not decode is an error."""
    times = [float(one["pts_time"]) for one in probe(file) if one["codec_type"] == "video"]
    raw = _decoded(file, "-map", "0:v", "-f", "rawvideo", "-pix_fmt", "gray")
    size = WIDTH * HEIGHT
    assert len(raw) == size * len(times), "every packet gives a frame"
    return [_read(raw[at * size : (at + 1) * size], t_s) for at, t_s in enumerate(times)]


def beeps(file: Path) -> list[float]:
    """When each beep begins, in seconds from the attempt's opening."""
    first = next(float(one["pts_time"]) for one in probe(file) if one["codec_type"] == "audio")
    raw = _decoded(file, "-map", "0:a", "-f", "s16le", "-ac", "1", "-ar", str(SAMPLE_RATE))
    samples = array.array("h", raw)
    begun: list[float] = []
    for at, sample in enumerate(samples):
        t_s = first + at / SAMPLE_RATE
        if abs(sample) > LOUD and (not begun or t_s - begun[-1] > 0.5):
            begun.append(t_s)
    return begun


def step_of(seen: list[Frame], heard: list[float]) -> tuple[float, float]:
    """How far the sound was behind the picture at the start, and how much more at the end, in s.

    On a busy machine a fake device stands still now and then and goes on with its clip where it
    was. The least delayed frame and beep say when each clip began; the usual change from one beep
    to the next, which a few such stops do not alter, says what the recording itself adds.
    """

    def delay_of_picture(from_s: float) -> float:
        near = [frame for frame in seen if from_s <= frame.t_s < from_s + 1]
        return min(frame.t_s - frame.number / FRAMES_PER_S for frame in near)

    whole = [t_s for t_s in heard if seen[0].t_s <= t_s <= seen[-1].t_s - 1]
    behind = [t_s - count - delay_of_picture(t_s) for count, t_s in enumerate(whole)]
    began_showing = min(frame.t_s - frame.number / FRAMES_PER_S for frame in seen)
    began_sounding = min(t_s - count for count, t_s in enumerate(heard))
    changes = [later - earlier for earlier, later in itertools.pairwise(behind)]
    start = (began_sounding - began_showing + 0.5) % 1 - 0.5
    return start, statistics.median(changes) * len(changes)


def duration_s(file: Path, kind: str) -> float:
    """How much decoded sound or picture the file holds, from its first packet to its last."""
    times = [float(one["pts_time"]) for one in probe(file) if one["codec_type"] == kind]
    return times[-1] - times[0]


def _decoded(file: Path, *wanted: str) -> bytes:
    command = ["ffmpeg", "-v", "error", "-xerror", "-i", str(file), "-fps_mode", "passthrough"]
    done = subprocess.run([*command, *wanted, "-"], capture_output=True, check=True)
    return done.stdout


def _read(picture: bytes, t_s: float) -> Frame:
    row = BAR_HEIGHT // 2 * WIDTH
    lit = [picture[row + bit * BAR_WIDTH + BAR_WIDTH // 2] > BRIGHT for bit in range(BITS)]
    number = sum(1 << bit for bit, is_lit in enumerate(lit) if is_lit)
    flash = picture[(FLASH_FROM + HEIGHT) // 2 * WIDTH + WIDTH // 2] > BRIGHT
    return Frame(t_s, number, flash)
