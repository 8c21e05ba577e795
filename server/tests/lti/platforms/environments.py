"""Environments of the independent platforms: made once, apart from ours, run as other processes.

lti-consumer-xblock is under the AGPL; it is a tool of these tests and never part of what we ship.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

HERE = Path(__file__).parent
CACHE = HERE.parents[3] / ".cache" / "lti-platforms"


def environment(name: str) -> Path:
    """Return the Python of a platform's environment; the first call makes it (needs the index)."""
    locked = HERE / f"{name}.txt"
    digest = hashlib.sha256(locked.read_bytes()).hexdigest()[:12]
    home = CACHE / f"{name}-{sys.version_info.major}.{sys.version_info.minor}-{digest}"
    python = home / "bin" / "python"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            uv = Path(sys.executable).with_name("uv")
            _run(uv, "venv", "--quiet", "--python", sys.executable, home)
            _run(
                uv,
                "pip",
                "install",
                "--quiet",
                "--require-hashes",
                "--python",
                python,
                "-r",
                locked,
            )
            (home / "complete").touch()
    return python


def _run(*command: object) -> None:
    subprocess.run([str(each) for each in command], check=True, timeout=600)


class PlatformProcess:
    """A platform in its own process: one JSON object a line each way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._turn = Lock()

    def ask(self, do: str, **values: Any) -> Any:
        """Let the platform do something; raises AssertionError with its own words if it refuses."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps({"do": do, **values}) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise AssertionError(f"{do}: {answer['error']}")
        return answer["done"]


@contextmanager
def platform_process(name: str) -> Iterator[PlatformProcess]:
    """Run a platform's script in its environment."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    with subprocess.Popen(
        [environment(name), "-W", "ignore", HERE / f"{name}_platform.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean,
        cwd=HERE,
    ) as process:
        try:
            yield PlatformProcess(process)
        finally:
            process.terminate()
