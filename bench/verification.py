"""How long does `invigil-verify` take for an attempt of three hours? The whole command, and per MB.

The verifier's own test candidate makes the export: camera and screen each 5 s, sealed for real.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "verifier" / "tests"))

from candidate import Attempt  # noqa: E402  the folder of tests is no package

from bench.ingest.report import emit, table  # noqa: E402  after the path above

STREAMS = {"camera": 55_000, "screen": 45_000}


def main() -> None:
    """Seal, export, verify."""
    parser = argparse.ArgumentParser(prog="python -m bench.verification", description=__doc__)
    parser.add_argument("--minutes", type=int, default=180)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        export = _export(Path(folder), options.minutes)
        started = time.perf_counter()
        cpu_before = sum(os.times()[2:4])
        program = Path(sys.executable).with_name("invigil-verify")
        subprocess.run([program, export], check=True, stdout=subprocess.DEVNULL)
        row: dict[str, object] = {
            "question": "invigil-verify on a whole export",
            "minutes": options.minutes,
            "mb": export.stat().st_size / 1e6,
            "seconds": time.perf_counter() - started,
            "cpu_seconds": sum(os.times()[2:4]) - cpu_before,
        }
    emit(row)
    table("Verification of an export", [row], list(row))


def _export(folder: Path, minutes: int) -> Path:
    attempt = Attempt()
    for _ in range(minutes * 12):
        for stream, length in STREAMS.items():
            attempt.seal(stream, os.urandom(length))
    attempt.close()
    attempt.sign()
    return attempt.export(folder / "export.zip")


if __name__ == "__main__":
    main()
