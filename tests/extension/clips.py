"""Clips for the fake devices that tell their own time: numbers, a flash and a beep each second."""

from __future__ import annotations

import math
import random
import struct
import wave
from pathlib import Path

WIDTH, HEIGHT, FRAMES_PER_S = 320, 240, 10
BITS = 16
BAR_WIDTH, BAR_HEIGHT = WIDTH // BITS, 40
FLASH_FROM = 160
SAMPLE_RATE = 48_000
BEEP_HZ, BEEP_S = 1_000, 0.1


def make_clips(folder: Path, *, seconds: int) -> tuple[Path, Path]:
    """Write `clip.y4m` and `clip.wav`; both begin with a flash and a beep at second 0."""
    video, sound = folder / "clip.y4m", folder / "clip.wav"
    noise = random.Random(1)
    rows = [_noisy_row(row, noise) for row in range(HEIGHT)]
    with video.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_PER_S}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(seconds * FRAMES_PER_S):
            out.write(b"FRAME\n" + _frame(number, rows, noise))
    with wave.open(str(sound), "wb") as out_sound:
        out_sound.setnchannels(1)
        out_sound.setsampwidth(2)
        out_sound.setframerate(SAMPLE_RATE)
        out_sound.writeframes(_second(noise) * seconds)
    return video, sound


def _noisy_row(row: int, noise: random.Random) -> bytes:
    """One noisy row of a soft pattern, twice as wide as the picture so that it can sway."""
    wave_y = 30 * math.sin(row / 17)
    return bytes(
        int(110 + wave_y + 30 * math.cos(column / 23) + noise.gauss(0, 3))
        for column in range(WIDTH * 2)
    )


def _frame(number: int, rows: list[bytes], noise: random.Random) -> bytes:
    bars = b"".join((b"\xeb" if number >> bit & 1 else b"\x10") * BAR_WIDTH for bit in range(BITS))
    sway = 160 + int(20 * math.sin(number / 9))
    picture = [bars] * BAR_HEIGHT
    # Rows that jump by a pixel are noise to an encoder, as a cheap camera's are.
    for row in rows[BAR_HEIGHT:FLASH_FROM]:
        at = sway + noise.randint(-1, 1)
        picture.append(row[at : at + WIDTH])
    flash = b"\xeb" if number % FRAMES_PER_S == 0 else b"\x28"
    picture += [flash * WIDTH] * (HEIGHT - FLASH_FROM)
    return b"".join(picture) + b"\x80" * (WIDTH * HEIGHT // 2)


def _second(noise: random.Random) -> bytes:
    samples = []
    for at in range(SAMPLE_RATE):
        beep = 12_000 * math.sin(2 * math.pi * BEEP_HZ * at / SAMPLE_RATE)
        samples.append(int(noise.gauss(0, 60) + (beep if at < BEEP_S * SAMPLE_RATE else 0)))
    return struct.pack(f"<{SAMPLE_RATE}h", *samples)
