"""`make demo` as somebody meets it who tries Invigil for the first time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from ops.demo.installation import HOST
from ops.dev.stamps import ROOT
from ops.sit.ports import free_ports
from ops.sit.screen import virtual_screen

PATIENCE_S = 120


class Demo:
    """A demo with data and ports of its own, started as `make demo` starts it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port, self.campus_port = free_ports(2)
        self.said: list[str] = []

    @contextmanager
    def running(self, **environment: str) -> Iterator[None]:
        """Until the block ends, which presses Ctrl-C; `said` is then all that it printed."""
        with self._start("ops.demo", **{"NO_BROWSER": "1"} | environment) as process:
            assert process.stdout is not None
            try:
                self.said = [process.stdout.readline()]
                while not self.said[-1].startswith("  Ctrl-C ends"):
                    assert self.said[-1], f"it ended with {process.wait()}: {self.said}"
                    self.said.append(process.stdout.readline())
                yield
            finally:
                process.send_signal(signal.SIGINT)
                self.said += process.stdout.readlines()
                self.exit_code = process.wait(timeout=PATIENCE_S)

    def reset(self) -> str:
        with self._start("ops.demo.reset") as process:
            told, _ = process.communicate(timeout=PATIENCE_S)
        return told

    def _start(self, module: str, **environment: str) -> subprocess.Popen[str]:
        ports = {"PORT": str(self.port), "CAMPUS_PORT": str(self.campus_port)}
        return subprocess.Popen(
            [sys.executable, "-m", module, "--data", self.data],
            cwd=ROOT,
            env=os.environ | ports | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def health(self, port: int) -> int:
        return httpx.get(f"http://{HOST}:{port}/healthz").status_code

    def browsers(self) -> dict[str, list[str]]:
        """The command lines of the browsers that run on this demo's data, by their profiles."""
        mark = f"--user-data-dir={self.data}"
        lines = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
        return {
            Path(word).name: words
            for words in lines
            for word in words
            if word.startswith(mark) and not any(other.startswith("--type=") for other in words)
        }

    def institution(self) -> str:
        return httpx.get(f"http://{HOST}:{self.port}/").text


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(tmp_path / "demo")


def test_the_demo_is_ready_when_it_prints_its_steps_and_ends_with_ctrl_c(demo: Demo) -> None:
    with demo.running():
        assert demo.health(demo.port) == demo.health(demo.campus_port) == 200
        assert "Demo University" in demo.institution()

    text = "".join(demo.said)
    assert demo.exit_code == 0
    assert f"http://{HOST}:{demo.port}\n" in text
    assert "Sign in as Ada Lindqvist" in text
    assert "Sign in as Mina Park" in text
    assert "No browser was opened" in text
    assert demo.said[-1].startswith("demo: ended. Everything is kept")
    with pytest.raises(httpx.ConnectError):
        demo.health(demo.port)


def test_a_second_start_finds_what_the_first_one_kept(demo: Demo) -> None:
    with demo.running():
        pass
    keys = {path: path.read_bytes() for path in demo.data.glob("*/server/keys/*")}
    first = "".join(demo.said)

    with demo.running():
        assert demo.health(demo.port) == 200

    assert "making the institution" in first
    assert "making the institution" not in "".join(demo.said)
    assert keys
    assert {path: path.read_bytes() for path in keys} == keys


def test_a_reset_waits_for_the_end_and_then_forgets_everything(demo: Demo) -> None:
    with demo.running():
        refused = demo.reset()
        assert f"the demo on port {demo.port} still runs" in refused
        assert demo.data.exists()

    told = demo.reset()

    assert "nothing is kept any more" in told
    assert not demo.data.exists()


@pytest.mark.e2e
def test_where_there_is_a_display_each_of_the_two_people_gets_a_browser(demo: Demo) -> None:
    with virtual_screen() as screen, demo.running(NO_BROWSER="0", **screen.environment):
        opened = demo.browsers()

        assert sorted(opened) == ["chromium-instructor", "chromium-student"]
        for words in opened.values():
            assert f"http://{HOST}:{demo.campus_port}" in words
            assert any(word.startswith("--load-extension=") for word in words)

    assert "Two browser windows are open" in "".join(demo.said)
    assert demo.browsers() == {}
