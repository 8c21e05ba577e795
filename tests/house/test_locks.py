"""The lock files are complete and name the public registries only."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from tests.house.tree import ROOT

PYTHON_HOSTS = {"pypi.org", "files.pythonhosted.org"}
NPM_KINDS = ("dependencies", "devDependencies")
NPM_HOST = "registry.npmjs.org"
EXACT = re.compile(r"\d+\.\d+\.\d+\S*")


def test_uv_lock_names_only_the_public_index() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text()))

    assert hosts <= PYTHON_HOSTS


def test_uv_lock_fits_the_projects() -> None:
    locked = subprocess.run(
        [ROOT / ".venv/bin/uv", "lock", "--check", "--offline"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert locked.returncode == 0, f"run `make lock`: {locked.stderr}"


def test_every_python_file_in_uv_lock_has_a_hash() -> None:
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    unhashed = [
        file["url"]
        for package in packages
        for file in [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
        if not file.get("hash", "").startswith("sha256:")
    ]

    assert unhashed == []


def test_package_lock_fits_the_manifests() -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    stale = [
        manifest.parent.name
        for manifest in _npm_manifests()
        for kind in NPM_KINDS
        if json.loads(manifest.read_text()).get(kind) != locked[_lock_name(manifest)].get(kind)
    ]

    assert stale == [], "run `make lock`"


def test_every_npm_package_has_a_sha512_and_no_private_origin() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    fetched = {
        name: package
        for name, package in packages.items()
        if name.startswith("node_modules/") and not package.get("link")
    }
    unsafe = [
        name
        for name, package in fetched.items()
        if not package.get("integrity", "").startswith("sha512-")
        or urlsplit(package.get("resolved", f"https://{NPM_HOST}/")).netloc != NPM_HOST
    ]

    assert len(fetched) > 100
    assert unsafe == []


def test_every_dependency_is_pinned_exactly() -> None:
    loose = [*_loose_python(), *_loose_npm()]

    assert loose == []


def _loose_python() -> list[str]:
    wanted: list[str] = []
    for folder in ("", "server", "verifier", "campus"):
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())
        groups = project.get("dependency-groups", {}).values()
        extras = project["project"].get("optional-dependencies", {}).values()
        for group in [project["project"].get("dependencies", []), *groups, *extras]:
            wanted += [item for item in group if isinstance(item, str)]
    own = ("invigil", "campus")
    return [item for item in wanted if "==" not in item and not item.startswith(own)]


def _npm_manifests() -> list[Path]:
    workspaces = [ROOT / "extension/package.json", *sorted(ROOT.glob("packages/*/package.json"))]
    return [ROOT / "package.json", *workspaces]


def _lock_name(manifest: Path) -> str:
    folder = manifest.parent.relative_to(ROOT).as_posix()
    return "" if folder == "." else folder


def _loose_npm() -> list[str]:
    return [
        f"{manifest.parent.name}: {name} {version}"
        for manifest in _npm_manifests()
        for kind in NPM_KINDS
        for name, version in json.loads(manifest.read_text()).get(kind, {}).items()
        if not EXACT.fullmatch(version)
    ]
