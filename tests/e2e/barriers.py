"""Looks at pages as people meet them: axe's rules for WCAG 2.2 AA, and room on a narrow screen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from playwright.sync_api import Page, ViewportSize

from ops.dev.stamps import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN = """() => axe.run(document, {
  resultTypes: ["violations"],
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
})"""
NARROW = ViewportSize(width=390, height=844)
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass(frozen=True)
class Barrier:
    """What axe found on a page, and where."""

    page: str
    rule: str
    targets: str


@cache
def _axe() -> str:
    return AXE.read_text()


def barriers_of(name: str, page: Page) -> list[Barrier]:
    """Every violation on the page as it is now."""
    page.evaluate(_axe())
    found = page.evaluate(RUN)["violations"]
    return [
        Barrier(name, each["id"], ", ".join(str(node["target"]) for node in each["nodes"]))
        for each in found
    ]


def is_too_wide(page: Page) -> bool:
    """Whether a person with a narrow screen must scroll sideways."""
    before = page.evaluate("() => ({ width: innerWidth, height: innerHeight })")
    page.set_viewport_size(NARROW)
    wide = bool(page.evaluate(TOO_WIDE))
    page.set_viewport_size(before)
    return wide
