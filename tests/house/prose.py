"""The documents, taken apart: pages, commands, tables, links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.house.tree import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """One line to type, and the page that shows it (relative to the root)."""

    page: str
    text: str


@cache
def pages() -> dict[str, str]:
    """The pages for people who come: those at the top and all below docs."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted(found)}


@cache
def readmes() -> dict[str, str]:
    """The pages that stand beside the code."""
    found = [*ROOT.glob("*/README.md"), *ROOT.glob("packages/*/README.md")]
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted(found)}


def blocks(page: str, language: str) -> list[str]:
    """What stands between the fences of one language."""
    return [text for name, text in FENCE.findall(pages()[page]) if name == language]


def commands(page: str) -> list[str]:
    """Each command of the page's `sh` blocks, its comment left out."""
    lines = "".join(blocks(page, "sh")).replace("\\\n", "").splitlines()
    typed = (re.sub(r"\s+# .*$", "", line).strip() for line in lines)
    return [line for line in typed if line and not line.startswith("#")]


def all_commands() -> Iterator[Command]:
    """Every command of every page."""
    for page in pages():
        for text in commands(page):
            yield Command(page, text)


def links(page: str) -> list[str]:
    """Where the page's links lead, examples in fences left out."""
    return LINK.findall(FENCE.sub("", (pages() | readmes())[page]))


def anchors(page: Path) -> set[str]:
    """The names under which the page's headings can be linked to."""
    titles = HEADING.findall(FENCE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
