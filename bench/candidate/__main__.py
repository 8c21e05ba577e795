"""What does an exam cost the candidate's computer and line: quiet screen, busy screen?

A whole sitting in a real Chromium (`make sit`) with a noisy camera at 640 by 480, a microphone and
a 1080p screen. Quiet: one question stays open, and the quiz's own clock ticks. Busy: long notes
are scrolled every second and a half under a moving pointer. `--seconds 60` for a quick look.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.ingest.report import Measurement, emit, table
from ops.sit.browser import Devices
from ops.sit.sitting import Order, Result, sit
from ops.sit.student import Student

SCROLL_MS, POINTER_MS = 1500, 100
HOUR_S = 3600
TARGETS = {"quiet": 45, "busy": 80}
EXTENSION = "student extension"
_CAMERA = "testsrc2=size=640x480:rate=30,noise=alls=12:allf=t"
_SOUND = "sine=frequency=220:sample_rate=48000,volume=0.2"
_NOTES = "A sample of forty households was asked what they earn and what they spend on rent. "


def quiet(student: Student, page: Page, seconds: float) -> None:
    """Read one question for the whole time."""
    with student.album.step("The student reads", page):
        page.wait_for_timeout(seconds * 1000)
        _finish(page)


def busy(student: Student, page: Page, seconds: float) -> None:
    """Go up and down in long notes for the whole time."""
    with student.album.step("The student looks things up", page):
        notes = student.context.new_page()
        notes.set_content("".join(f"<h2>{at}</h2><p>{_NOTES * 12}" for at in range(200)))
        moves = int(seconds * 1000 / POINTER_MS)
        for move in range(moves):
            notes.mouse.move(300 + move * 37 % 1200, 200 + move * 23 % 600)
            if move % (SCROLL_MS // POINTER_MS) == 0:
                notes.mouse.wheel(0, 700 if move % 2400 < 1200 else -700)
            notes.wait_for_timeout(POINTER_MS)
        notes.close()
        page.bring_to_front()
        _finish(page)


def _finish(page: Page) -> None:
    page.locator("#finish-attempt").first.click()
    page.wait_for_url("**/quiz/1/summary?*")


def main() -> None:
    """Sit twice and tell what each stream and each process took."""
    parser = argparse.ArgumentParser(prog="python -m bench.candidate", description=__doc__)
    parser.add_argument("--seconds", type=float, default=240, help="of exam, for each screen")
    seconds = parser.parse_args().seconds
    rows: list[Measurement] = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        devices = _devices(Path(name), seconds)
        screens: dict[str, Callable[[Student, Page, float], None]] = {"quiet": quiet, "busy": busy}
        for screen, answer in screens.items():
            order = Order(Path(name) / screen, devices, seconds, answer)
            with redirect_stdout(sys.stderr):  # what a sitting tells is no JSON line
                result = sit(order, playwright)
            rows.append(_row(screen, result))
            emit(rows[-1])
    columns = ["screen", "camera_mb_h", "screen_mb_h", "all_mb_h", "target_mb_h"]
    table("The candidate's hour", rows, [*columns, "extension_core", "browser_core", "memory_mb"])


def _devices(folder: Path, seconds: float) -> Devices:
    camera, sound = folder / "camera.mjpeg", folder / "sound.wav"
    length = ["-t", str(seconds + 120)]
    for source, target, how in ((_CAMERA, camera, ["-q:v", "5"]), (_SOUND, sound, ["-ac", "1"])):
        command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source]
        subprocess.run([*command, *length, *how, str(target)], check=True)
    return Devices(camera, sound)


def _row(screen: str, result: Result) -> Measurement:
    if result.verdict.exit_code != 0:
        raise SystemExit(f"{screen}: {' '.join(result.verdict.said)}")
    timing = json.loads(json.dumps(result.timing))
    seconds = timing["duration_ms"] / 1000
    streams = timing["bytes_per_stream"]
    processes = timing["processes"]
    per_hour = {name: each["bytes"] / seconds * HOUR_S / 1e6 for name, each in streams.items()}
    cores = {name: each["cpu_s"] / seconds for name, each in processes.items()}
    return {
        "question": "candidate",
        "screen": screen,
        "seconds": seconds,
        "camera_mb_h": per_hour["camera"],
        "screen_mb_h": per_hour["screen"],
        "all_mb_h": sum(per_hour.values()),
        "target_mb_h": TARGETS[screen],
        "extension_core": cores[EXTENSION],
        "browser_core": sum(core for name, core in cores.items() if name.startswith("student")),
        "memory_mb": processes[EXTENSION]["peak_memory_mb"],
        "first_upload_ms": timing["first_upload_ms"],
        "encode_ms": timing["encode_ms"],
        "seal_ms": timing["seal_ms"],
        "end_of_file_to_durable_ms": timing["end_of_file_to_durable_ms"],
        "cores_by_process": cores,
    }


if __name__ == "__main__":
    main()
