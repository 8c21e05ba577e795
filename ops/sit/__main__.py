"""`make sit`: one whole exam without a human, and everything that it left."""

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from ops.demo.seed import SeedFailedError
from ops.demo.services import ServiceFailedError
from ops.dev.stamps import ROOT
from ops.sit.browser import Devices
from ops.sit.screen import ScreenMissingError
from ops.sit.sitting import Order, sit

REFUSED = 2


def main() -> None:
    """Sit the exam, write the results, and end with the verifier's exit code."""
    order = _order(sys.argv[1:])
    shutil.rmtree(order.out, ignore_errors=True)
    try:
        with sync_playwright() as playwright:
            result = sit(order, playwright)
    except (SeedFailedError, ServiceFailedError, ScreenMissingError, FileNotFoundError) as error:
        print(f"sit: {error}", file=sys.stderr)
        sys.exit(REFUSED)
    except (Error, AssertionError, TimeoutError) as error:
        sys.exit(f"sit: a step failed; its picture is the last one in {order.out}\n{error}")
    _write(order.out / "timing.json", result.timing)
    _write(
        order.out / "result.json",
        {
            "verdict": asdict(result.verdict),
            "permissions": result.permissions,
            "steps": result.steps,
        },
    )
    print(*result.verdict.said, sep="\n")
    print(f"sit: done; everything is in {order.out}")
    sys.exit(result.verdict.exit_code)


def _order(arguments: list[str]) -> Order:
    parser = argparse.ArgumentParser(prog="make sit", description="Sit one whole exam.")
    parser.add_argument("--camera", default="", help="a .y4m or .mjpeg file, not the test picture")
    parser.add_argument("--audio", default="", help="a .wav file instead of the beep")
    parser.add_argument("--seconds", default="60", help="how long the student answers")
    parser.add_argument("--out", default="", help="where everything is left; emptied first")
    given = parser.parse_args(arguments)
    files = [Path(name) if name else None for name in (given.camera, given.audio)]
    for file in files:
        if file is not None and not file.is_file():
            parser.error(f"{file} is not there")
    return Order(
        out=Path(given.out or ROOT / ".sit").resolve(),
        devices=Devices(camera=files[0], audio=files[1]),
        seconds=float(given.seconds or 60),
    )


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
