"""The two servers that take uploads, started and stopped with one block."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.ingest import nginx
from bench.ingest.recipes import DATA_DIR_VARIABLE

_START_S = 60


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: whom to measure, where to upload to and as whom."""

    name: str
    pid: int
    url: str
    recipe: str
    environment: dict[str, str] = field(default_factory=dict)


@contextmanager
def invigil(directory: Path, port: int, candidates: int) -> Iterator[Server]:
    """Run `invigil serve` on a seeded data directory; at the end it is killed without warning."""
    command = [sys.executable, "-m", "bench.ingest.seed"]
    subprocess.run([*command, "--dir", str(directory), "--count", str(candidates)], check=True)
    environment = {"INVIGIL_DATA_DIR": str(directory), "INVIGIL_PORT": str(port)}
    with (directory / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "invigil", "serve"],
            env=os.environ | environment,
            stdout=log,
            stderr=log,
        )
    try:
        _until_it_answers(f"http://127.0.0.1:{port}/healthz")
        yield Server(
            "invigil",
            process.pid,
            f"http://127.0.0.1:{port}/api/attempts/{{attempt}}/segments/{{stream}}/{{index}}",
            "bench.ingest.recipes:with_attempt_token",
            {DATA_DIR_VARIABLE: str(directory)},
        )
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def nginx_put(directory: Path, port: int) -> Iterator[Server]:
    """Run nginx with `dav_methods PUT`."""
    process = nginx.start(directory, port)
    try:
        _until_it_answers(f"http://127.0.0.1:{port}/")
        yield Server(
            "nginx",
            process.pid,
            f"http://127.0.0.1:{port}/{{attempt}}/{{stream}}-{{index}}.age",
            "bench.ingest.recipes:with_idle_token",
        )
    finally:
        process.terminate()
        process.wait()


def allow_many_connections() -> None:
    """Raise the limit of open files for this process and those it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _until_it_answers(url: str) -> None:
    give_up = time.monotonic() + _START_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own http address
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)
        else:
            return
