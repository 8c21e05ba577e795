"""What became of each mutant, and which survivors are explained."""

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "verifier": ROOT / "verifier" / "src" / "invigil_verify",
    "sealed": ROOT / "packages" / "sealed" / "src",
}
FATES = ("killed", "explained", "alive")
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


class Count:
    """What became of the mutants so far; says each survivor when it is found."""

    def __init__(self) -> None:
        self.by_file: defaultdict[str, Counter[str]] = defaultdict(Counter)

    @property
    def tried(self) -> int:
        """All of them."""
        return sum(counter.total() for counter in self.by_file.values())

    @property
    def explained(self) -> int:
        """Survivors that are explained."""
        return sum(counter["explained"] for counter in self.by_file.values())

    @property
    def alive(self) -> int:
        """Survivors that nobody explained."""
        return sum(counter["alive"] for counter in self.by_file.values())

    def tell(self, outcome: Outcome) -> None:
        """Count one mutant."""
        is_explained = not outcome.killed and outcome.key in explained()
        fate = "killed" if outcome.killed else "explained" if is_explained else "alive"
        self.by_file[outcome.file][fate] += 1
        if fate == "alive":
            print(f"ALIVE line {outcome.line}: {outcome.key}", flush=True)
        if self.tried % 25 == 0:
            print(f"{self.tried} mutants tried, now in {outcome.file}", flush=True)


@dataclass(frozen=True)
class Table:
    """The last run of each side, for people: one part a side, kept until that side runs again."""

    path: Path

    def write(self, side: str, count: Count, command: str) -> None:
        """Put the side's part into the file, as of today."""
        parts = self._parts()
        parts[side] = self._part(side, count, command)
        head = "# Mutants of the two verifiers\n\nWritten by `python -m bench.mutants --table`.\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = "\n".join([head, *(parts[name] for name in sorted(parts))])
        self.path.write_text(text, encoding="utf-8")

    def _parts(self) -> dict[str, str]:
        if not self.path.exists():
            return {}
        _, *parts = re.split(r"^(?=## )", self.path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        return {part[3 : part.index("\n")]: part.rstrip("\n") + "\n" for part in parts}

    def _part(self, side: str, count: Count, command: str) -> str:
        folder = {"python": "verifier/", "typescript": "sealed/"}[side]
        rows = [
            "| "
            + " | ".join(map(str, (file, fates.total(), *(fates[fate] for fate in FATES))))
            + " |"
            for file, fates in count.by_file.items()
            if file.startswith(folder)
        ]
        today = datetime.now(UTC).date().isoformat()
        head = "| module | tried | killed | alive, explained | alive |\n|---|---:|---:|---:|---:|"
        return "\n".join([f"## {side}", "", f"{today}: `{command}`", "", head, *rows, ""])
