"""Starting server and campus as processes of their own, and ending them again."""

import contextlib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.demo.installation import Installation

PATIENCE_S = 60
GRACE_S = 15
LAST_WORDS = 15


class ServiceFailedError(Exception):
    """A process ended, or never answered; the message holds the last lines of its log."""


@dataclass
class Service:
    """One process that answers on `/healthz` once it is ready."""

    name: str
    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def wait_until_ready(self) -> None:
        """Return when it answers.

        Raises ServiceFailedError if it ends before, or takes too long.
        """
        give_up = time.monotonic() + PATIENCE_S
        while not self._answers():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=0.1)
                raise self.failed("ended while it started")
            if time.monotonic() > give_up:
                raise self.failed(f"did not answer within {PATIENCE_S} s")

    def failed(self, what: str) -> ServiceFailedError:
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_WORDS:]
        return ServiceFailedError("\n".join([f"{self.name} {what}. Its last words:", *lines]))

    def stop(self) -> None:
        """Ask it to end, and insist after a while."""
        self.process.terminate()
        try:
            self.process.wait(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:  # noqa: S310 - our own http address
                return bool(answer.status == 200)
        except OSError:
            return False


def start_server(installation: Installation) -> Service:
    """Start `invigil serve`."""
    return _start("The server", installation.server_url, installation, ["invigil", "serve"])


def start_campus(installation: Installation) -> Service:
    """Start campus."""
    options = ["--port", str(installation.campus_port), "--data", str(installation.campus_data)]
    return _start("Campus", installation.campus_url, installation, ["campus", *options])


def _start(name: str, url: str, installation: Installation, command: list[str]) -> Service:
    log = installation.directory / f"{command[0]}.log"
    with log.open("ab") as output:
        # A session of its own: Ctrl-C reaches us alone, and we end everything in order.
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=installation.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Service(name, url, log, process)


@contextmanager
def running(installation: Installation) -> Iterator[tuple[Service, Service]]:
    """Run server and campus until the block ends; they start side by side."""
    with ExitStack() as stack:
        server = start_server(installation)
        stack.callback(server.stop)
        campus = start_campus(installation)
        stack.callback(campus.stop)
        for service in (server, campus):
            service.wait_until_ready()
        yield server, campus
