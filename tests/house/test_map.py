"""ARCHITECTURE.md lists exactly the rooms on disk."""

import re
from pathlib import Path

from tests.house.tree import ROOT, tracked

# Whose folders are rooms. "." stands for the top.
HOUSES = (
    ".",
    "server/src/invigil",
    "verifier/src/invigil_verify",
    "campus/src/campus",
    "extension/src",
    "extension/src/candidate",
    "extension/src/staff",
    "packages",
    "ops",
    "docs",
    "tests",
)
ROW = re.compile(r"^\| `([^`]+)/` \|", re.MULTILINE)


def test_the_map_lists_exactly_the_rooms_on_disk() -> None:
    the_map, _, _ = (ROOT / "ARCHITECTURE.md").read_text().partition("\n## Directions\n")
    rows = ROW.findall(the_map)
    mapped = set(rows)
    on_disk = {room for path in tracked() for room in _rooms_of(path)}

    assert sorted(on_disk - mapped) == [], "add a row to ARCHITECTURE.md for these"
    assert sorted(mapped - on_disk) == [], "these are on the map only"
    assert sorted(rows) == sorted(mapped), "a room has two rows"


def _rooms_of(path: Path) -> set[str]:
    """The rooms that a tracked file stands in."""
    return {
        folder.as_posix()
        for folder in path.parents
        if folder != Path() and folder.parent.as_posix() in HOUSES
    }
