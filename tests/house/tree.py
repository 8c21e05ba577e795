"""What is tracked, read once for the tests of the house."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK_FILES = {"uv.lock", "package-lock.json"}
GENERATED = {"packages/protocol/src/openapi.ts", "packages/protocol/openapi.json", "LICENSE"}


@cache
def tracked() -> tuple[Path, ...]:
    """All files that git tracks and that are there, relative to the root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = (Path(name) for name in listing.stdout.split("\0") if name)
    return tuple(path for path in paths if (ROOT / path).is_file())


@cache
def written() -> tuple[tuple[Path, str], ...]:
    """Path and text of what people write: no lock files, nothing generated, nothing binary."""
    return tuple(
        (path, text)
        for path in tracked()
        if path.as_posix() not in LOCK_FILES | GENERATED and (text := _text(path)) is not None
    )


def _text(path: Path) -> str | None:
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
