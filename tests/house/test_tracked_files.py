"""What must not stand in a tracked file, and what must stand beside an exception."""

import re
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.house.tree import written

THIS_FILE = Path("tests/house/test_tracked_files.py")
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "data", "info", "impl", "misc"}
# Folders of one machine. /tmp and /usr are everybody's.
MACHINE_PATH = re.compile(
    r"(?<![\w.~>}/-])/(?:work|root(?!/\d)|opt/pypi|opt/wheels|home/\w+|Users/\w+)/"
)
TODO = re.compile(r"\b(?:TODO|FIXME|HACK)\b(?: \[(\d{4}-\d{2}-\d{2})\])?")
CODE = {".py", ".ts", ".svelte", ".js", ".css", ".html"}
BARE_SUPPRESSIONS = (
    re.compile(r"# (?:type: ignore\[[\w,\- ]+\]|noqa: [A-Z0-9, ]+)\s*$", re.MULTILINE),
    re.compile(r"(?:eslint-disable|svelte-ignore)(?!.* -- \S)(?!.*\(.+\))"),
    re.compile(r"# noqa\s*$|# type: ignore(?!\[)|@ts-ignore|@ts-nocheck", re.MULTILINE),
)


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert _lines_matching(MACHINE_PATH, set()) == []


def test_a_todo_has_a_date_and_its_date_has_not_passed() -> None:
    undated = [
        f"{path}: {match.group(0)}"
        for path, text in written()
        if path.suffix in CODE and path != THIS_FILE
        for match in TODO.finditer(text)
        if match.group(1) is None or date.fromisoformat(match.group(1)) < datetime.now(UTC).date()
    ]

    assert undated == []


@pytest.mark.parametrize("suppression", BARE_SUPPRESSIONS, ids=["python", "eslint", "blanket"])
def test_a_suppressed_rule_has_its_reason_beside_it(suppression: re.Pattern[str]) -> None:
    assert _lines_matching(suppression, CODE, excuse=True) == []


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    vague = [
        path.as_posix()
        for path, _ in written()
        if path.suffix in CODE and VAGUE_NAMES.intersection([*path.parent.parts, path.stem])
    ]

    assert vague == []


def test_only_the_edge_ends_a_transaction() -> None:
    """One request or job is one transaction; rooms never commit."""
    kit = Path("server/src/invigil/kit")
    rooms = Path("server/src/invigil")
    commits = [
        path.as_posix()
        for path, text in written()
        if path.is_relative_to(rooms) and not path.is_relative_to(kit) and ".commit(" in text
    ]

    assert commits == []


def _lines_matching(
    pattern: re.Pattern[str], suffixes: set[str], *, excuse: bool = False
) -> list[str]:
    """`file:line: text` of each match, in files with one of the suffixes (none given: all).

    With `excuse`, a comment on the line above is as good as one on the line itself.
    """
    return [
        f"{path}:{number}: {line.strip()}"
        for path, text in written()
        if path != THIS_FILE and (not suffixes or path.suffix in suffixes)
        for number, (above, line) in enumerate(pairwise(["", *text.splitlines()]), start=1)
        if pattern.search(line)
        and not (excuse and above.lstrip().startswith(("# ", "// ", "<!-- ")))
    ]
