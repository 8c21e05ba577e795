"""What became of each mutant, and which survivors are explained."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "verifier": ROOT / "verifier" / "src" / "invigil_verify",
    "sealed": ROOT / "packages" / "sealed" / "src",
}
EXPLAINED = Path(__file__).with_name("explained.json")


@dataclass(frozen=True)
class Outcome:
    """One mutant: killed, or alive after all tests. `file` is like verifier/tree.py."""

    file: str
    line: int
    what: str
    killed: bool

    @property
    def key(self) -> str:
        """A mutant's name: file, the line as it stands, the change. It outlives a moved line."""
        return f"{self.file} | {lines_of(self.file)[self.line - 1].strip()} | {self.what}"

    def after(self, *, killed: bool) -> "Outcome":
        """The same mutant, once its tests have run."""
        return replace(self, killed=killed)


def lines_of(file: str) -> list[str]:
    """The lines of a side's file."""
    side, _, name = file.partition("/")
    return (FOLDERS[side] / name).read_text(encoding="utf-8").splitlines()


def explained() -> dict[str, str]:
    """Survivors that change nothing anybody can observe, each with its reason."""
    found: dict[str, str] = json.loads(EXPLAINED.read_text(encoding="utf-8"))
    return found
