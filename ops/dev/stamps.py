"""Runs a step only when one of its inputs changed since it last succeeded."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAMPS = ROOT / ".venv" / ".stamps"
NOT_SOURCE = {"node_modules", ".output", ".wxt", "__pycache__"}


def files_under(folders: Iterable[str]) -> Iterator[Path]:
    """All source files below the given folders, sorted, leaving out what is generated."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and not NOT_SOURCE.intersection(path.relative_to(ROOT).parts):
                yield path


def is_fresh(step: str, inputs: Iterable[Path]) -> bool:
    """True if the step succeeded before on exactly these inputs."""
    stamp = STAMPS / step
    return stamp.exists() and stamp.read_text() == _digest(inputs)


def run_if_stale(step: str, inputs: Iterable[Path], action: Callable[[], None]) -> bool:
    """Run the action unless the step is fresh; remember its success. True if it ran."""
    # Digest first: an input that changes while the action runs must make the step stale again.
    paths = list(inputs)
    digest = _digest(paths)
    stamp = STAMPS / step
    if stamp.exists() and stamp.read_text() == digest:
        return False
    stamp.unlink(missing_ok=True)
    action()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)
    return True


def _digest(inputs: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in inputs:
        digest.update(f"{path.relative_to(ROOT)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
