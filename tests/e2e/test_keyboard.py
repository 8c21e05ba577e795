"""A whole exam with the keyboard alone: no mouse from the launch page to the receipt."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Locator, Page, Playwright, expect

from ops.sit.album import Album
from ops.sit.browser import Devices, browser
from ops.sit.course import ACCESS_CODE
from ops.sit.instructor import Instructor
from ops.sit.sitting import hall
from ops.sit.student import Student
from tests.e2e import barriers
from tests.extension.clips import make_clips

pytestmark = pytest.mark.e2e

CLIP_S = 60
FAR = 60
"""More stops than any page on the way has."""
HAS_FOCUS = "element => element === document.activeElement"
IN_GROUP = "element => element.name === document.activeElement?.name"
AT_THE_EDGE = "() => document.activeElement === null || document.activeElement === document.body"
SHOWS_FOCUS = """function () {
  const style = getComputedStyle(this);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return outlined || style.boxShadow !== "none";
}"""


@dataclass
class Accessibility:
    """What the browser tells a screen reader of a page; it sees into closed shadow roots."""

    page: Page
    session: CDPSession = field(init=False)

    def __post_init__(self) -> None:
        self.session = self.page.context.new_cdp_session(self.page)

    def focused(self) -> dict[str, Any] | None:
        """The node that has the focus; the document itself does not count."""
        held = [node for node in self._nodes() if _has(node, "focused")]
        inside = [node for node in held if node["role"]["value"] != "RootWebArea"]
        return inside[-1] if inside else None

    def shows_focus(self, node: dict[str, Any]) -> bool:
        where = {"backendNodeId": node["backendDOMNodeId"]}
        found = self.session.send("DOM.resolveNode", where)["object"]["objectId"]
        call = {"functionDeclaration": SHOWS_FOCUS, "objectId": found, "returnByValue": True}
        return bool(self.session.send("Runtime.callFunctionOn", call)["result"]["value"])

    def announced(self) -> str:
        """The text in live regions: what is said without being looked for."""
        nodes = {node["nodeId"]: node for node in self._nodes()}

        def text(node: dict[str, Any]) -> str:
            inside = [text(nodes[each]) for each in node.get("childIds", []) if each in nodes]
            own = node.get("name", {}).get("value", "")
            return " ".join(inside) or str(own)

        roles = {"status", "alert"}
        live = [node for node in nodes.values() if node.get("role", {}).get("value") in roles]
        return "\n".join(text(node) for node in live)

    def _nodes(self) -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = self.session.send("Accessibility.getFullAXTree")["nodes"]
        return [node for node in nodes if not node.get("ignored")]


def _has(node: dict[str, Any], name: str) -> bool:
    return any(one["name"] == name and one["value"]["value"] for one in node.get("properties", []))


@dataclass
class Keys:
    """Tab, Shift+Tab, Enter, Space, arrows and letters. Every stop must show where it is."""

    stops: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    def press(self, target: Locator) -> None:
        self._walk(target, HAS_FOCUS)
        is_link = target.evaluate("element => element.localName === 'a'")
        # Both keys press a button; each is used in turn.
        target.page.keyboard.press("Enter" if is_link or len(self.stops) % 2 else "Space")

    def fill(self, target: Locator, text: str) -> None:
        self._walk(target, HAS_FOCUS)
        target.page.keyboard.type(text)

    def choose(self, target: Locator) -> None:
        self._walk(target, IN_GROUP)
        for _ in range(FAR):
            if target.evaluate(HAS_FOCUS) and target.is_checked():
                return
            target.page.keyboard.press("ArrowDown")
        raise AssertionError("no arrow leads to the choice")

    def _walk(self, target: Locator, arrived: str) -> None:
        expect(target).to_be_enabled()
        keyboard = target.page.keyboard
        for step in ("Tab", "Shift+Tab"):
            for _ in range(FAR):
                if target.evaluate(arrived):
                    return self._look(target.page)
                keyboard.press(step)
                if target.page.evaluate(AT_THE_EDGE):
                    break
        raise AssertionError(f"no key leads to {target}")

    def _look(self, page: Page) -> None:
        tree = Accessibility(page)
        node = tree.focused()
        assert node is not None, "the focus is not in the accessibility tree"
        name = f"{node['role']['value']} {node['name']['value']}"
        self.stops.append(name)
        if not tree.shows_focus(node):
            self.unseen.append(name)


def work_the_bar(page: Page) -> str:
    """Fold the exam's bar and unfold it; what it announces."""
    tree = Accessibility(page)
    said = tree.announced()
    for name in ("Make the bar small", "Show the exam bar"):
        for _ in range(FAR):
            node = tree.focused()
            if node is not None and node["name"]["value"] == name:
                break
            page.keyboard.press("Tab")
        assert node is not None
        assert node["name"]["value"] == name
        assert tree.shows_focus(node)
        page.keyboard.press("Enter")
    return said


def test_an_exam_can_be_sat_with_the_keyboard_alone_and_says_what_happens(
    playwright: Playwright, tmp_path: Path
) -> None:
    camera, audio = make_clips(tmp_path, seconds=CLIP_S)
    too_wide: list[str] = []
    keys = Keys()

    def look(name: str, page: Page) -> None:
        if barriers.is_too_wide(page):
            too_wide.append(name)

    album = Album(tmp_path / "pictures", look)
    with hall(tmp_path / "hall", playwright) as place:
        with browser(playwright, place.profile("instructor")) as desk:
            Instructor(desk, place.installation.campus_url, album).prepare_exam(ACCESS_CODE)
        profile = place.profile("student", Devices(camera, audio))
        with browser(playwright, profile) as context:
            campus = place.installation.campus_url
            student = Student(context, place.screen, campus, album, hands=keys)
            page = student.arrive()
            student.agree(page)
            student.allow(page)
            student.pass_checks(page)
            student.start(page)
            said = work_the_bar(page)
            student.answer(page, 1)
            student.hand_in(page)

    assert keys.unseen == []
    assert too_wide == []
    assert len(keys.stops) > 15
    assert "Recording" in said
