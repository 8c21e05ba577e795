"""Runs a step only when one of its inputs changed since it last succeeded."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAMPS = ROOT / ".venv" / ".stamps"
NOT_SOURCE = {"node_modules", ".output", ".wxt", "__pycache__"}


@dataclass(frozen=True)
class Step:
    """Something that is made from inputs, and made again only when one of them changes."""

    name: str
    what: str
    inputs: Iterable[Path]
    product: Path
    action: Callable[[], None]

    def run_if_stale(self, announcement: str) -> None:
        """Announce and make the product, unless it is there and was made from these inputs."""
        # Digest first: an input that changes during the action must make the step stale again.
        digest = _digest(self.inputs)
        stamp = STAMPS / self.name
        if self.product.exists() and stamp.exists() and stamp.read_text() == digest:
            return
        stamp.unlink(missing_ok=True)
        print(f"{announcement}: {self.what} …", flush=True)
        self.action()
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest)


def files_under(folders: Iterable[str]) -> Iterator[Path]:
    """All source files below the given folders, sorted, leaving out what is generated."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and not NOT_SOURCE.intersection(path.relative_to(ROOT).parts):
                yield path


def _digest(inputs: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in inputs:
        digest.update(f"{path.relative_to(ROOT)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
