"""The programs that tests and benchmarks borrow from the operating system.

Chromium is needed. A test that needs another one is skipped without it, but never in CI.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """One program, the Debian package that brings it, and why it is wanted."""

    package: str
    commands: tuple[str, ...]
    purpose: str

    @property
    def is_there(self) -> bool:
        """True if any of its commands can be started."""
        return any(shutil.which(command, path=SEARCH_PATH) for command in self.commands)


# Debian keeps PostgreSQL's own programs and nginx off an ordinary person's PATH.
SEARCH_PATH = os.pathsep.join(
    [os.environ.get("PATH", ""), "/usr/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
)
# Branded Chrome takes no extension from the command line any more, so it is not asked for.
CHROMIUM = Program("chromium", ("chromium", "chromium-browser"), "the tests in a real browser")
OPTIONAL = (
    Program("age", ("age",), "opening an export with the stock tool"),
    Program("ffmpeg", ("ffmpeg",), "checking recorded pictures and sound"),
    Program("nginx", ("nginx",), "running behind a proxy, and the benchmark's yardstick"),
    Program("postgresql", ("initdb",), "the second database"),
    Program("x11-utils", ("xprop",), "letting the browser offer a window to share"),
    Program("xauth", ("xauth",), "the virtual screen"),
    Program("xdotool", ("xdotool",), "pressing the browser's own buttons"),
    Program("xvfb", ("Xvfb",), "the virtual screen"),
)


def chromium() -> Path:
    """The Chromium to drive: $CHROMIUM, else the first on the PATH.

    Raises FileNotFoundError with the way out if there is none.
    """
    if named := os.environ.get("CHROMIUM"):
        return Path(named)
    for command in CHROMIUM.commands:
        if found := shutil.which(command):
            return Path(found)
    raise FileNotFoundError(
        "No Chromium found. Install it (Debian: apt install chromium) or set CHROMIUM=/path/to/it."
    )


def program(command: str) -> Path | None:
    """Where the command is, also where Debian hides it; None if it is not installed."""
    found = shutil.which(command, path=SEARCH_PATH)
    return Path(found) if found else None


def main() -> None:
    """Install what is missing if that is ours to do; otherwise say what is missing."""
    missing = [wanted for wanted in (CHROMIUM, *OPTIONAL) if not _is_there(wanted)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _install([wanted.package for wanted in missing])
        missing = [wanted for wanted in missing if not _is_there(wanted)]
    for wanted in missing:
        print(f"system: {wanted.package} is not installed, needed for {wanted.purpose}")
    if missing and (CHROMIUM in missing or os.environ.get("CI")):
        packages = " ".join(wanted.package for wanted in missing)
        sys.exit(f"system: install it first. On Debian, as root: apt install {packages}")


def _is_there(wanted: Program) -> bool:
    return wanted.is_there or (wanted is CHROMIUM and "CHROMIUM" in os.environ)


def _install(packages: list[str]) -> None:
    print(f"system: installing {', '.join(packages)} …", flush=True)
    quiet = ["-qq", "-o", "Dpkg::Use-Pty=0"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "DEBCONF_NOWARNINGS": "yes"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run(
            ["apt-get", *quiet, *command], env=environment, stdout=subprocess.DEVNULL, check=False
        )


if __name__ == "__main__":
    main()
