"""Each command is listed by `make`, exists, and is spelt right where the prose names it."""

import re
import subprocess

from tests.house.tree import ROOT, written

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", MAKEFILE, re.MULTILINE))
MODULES = set(re.findall(r"python -m ([a-z_.]+)", MAKEFILE)) - {"pytest"}
# Commands whose program is still to be written. This list may only shrink.
NOT_BUILT_YET: set[str] = set()


def test_make_alone_lists_every_target_with_one_line() -> None:
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert {line.split()[1] for line in listed} == TARGETS
    assert all(len(line.split()) > 4 and len(line) <= 100 for line in listed)


def test_every_target_is_phony() -> None:
    phony = set(re.findall(r"^\.PHONY: ([a-z0-9-]+)$", MAKEFILE, re.MULTILINE))

    assert phony == TARGETS


def test_every_module_that_make_starts_exists() -> None:
    missing = {name for name in MODULES if not _can_be_started(name)}

    assert missing == NOT_BUILT_YET & MODULES


def test_every_make_command_in_the_prose_exists() -> None:
    unknown = [
        f"{path}: make {target}"
        for path, text in written()
        if path.suffix == ".md"
        for target in re.findall(r"(?:^|`)make ([a-z][a-z0-9-]*)", text, re.MULTILINE)
        if target not in TARGETS
    ]

    assert unknown == []


def _can_be_started(name: str) -> bool:
    folder = ROOT.joinpath(*name.split("."))
    return folder.with_suffix(".py").exists() or (folder / "__main__.py").exists()
