"""The bar in the quiz's pages: always there, and never in the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.extension.sitting import Opening, begin, tab_of_the_quiz
from tests.extension.stand import Stand

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("screen")]

COVERED = """() => {
  const hits = [];
  for (let y = 1; y < innerHeight; y += 2)
    for (let x = 1; x < innerWidth; x += 2)
      if (document.elementFromPoint(x, y)?.localName === "invigil-bar") hits.push([x, y]);
  const [xs, ys] = [hits.map(([x]) => x), hits.map(([, y]) => y)];
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  return { right, bottom, width: right - left, height: bottom - top };
}"""
IS_FREE = """() => {
  const { left, right, top, bottom } = document.querySelector("#last").getBoundingClientRect();
  const isHit = (x, y) => document.elementFromPoint(x, y)?.id === "last";
  return [left + 2, (left + right) / 2, right - 2].every(
    (x) => isHit(x, top + 2) && isHit(x, bottom - 2));
}"""
NARROW: ViewportSize = {"width": 390, "height": 844}
WIDE: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture
def long_page(opening: Opening, stand: Stand) -> Iterator[Page]:
    """A page of the quiz that is longer than the window, while the exam runs."""
    with opening() as context:
        page = tab_of_the_quiz(begin(context, stand), stand)
        page.wait_for_load_state()
        yield page


def at(page: Page, stand: Stand, size: ViewportSize) -> dict[str, int]:
    """Load the page in a window of this size; what the bar covers of it."""
    page.set_viewport_size(size)
    page.goto(f"{stand.quiz}/quiz/take-long")
    page.wait_for_selector("invigil-bar", state="attached")
    return covered(page)


def covered(page: Page) -> dict[str, int]:
    """What the bar covers, once it has taken its shape."""
    page.wait_for_timeout(300)
    found: dict[str, int] = page.evaluate(COVERED)
    return found


def fold_or_unfold(page: Page, bar: dict[str, int]) -> dict[str, int]:
    """Press the last button of the bar, which is in its corner."""
    page.mouse.click(bar["right"] - 18, bar["bottom"] - 20)
    return covered(page)


def scrolled_to_the_end(page: Page) -> bool:
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_timeout(100)
    free: bool = page.evaluate(IS_FREE)
    return free


def test_the_bar_is_small_on_a_narrow_window_and_leaves_the_last_control_free_when_it_is_large(
    long_page: Page, stand: Stand
) -> None:
    small = at(long_page, stand, NARROW)
    assert small["width"] < 80
    assert small["height"] <= 44
    assert scrolled_to_the_end(long_page)

    large = fold_or_unfold(long_page, small)
    assert large["width"] > 300
    assert 60 < large["height"] <= 96, "two rows"
    assert scrolled_to_the_end(long_page)

    again = at(long_page, stand, NARROW)
    assert again["width"] == large["width"], "as the candidate left it"
    long_page.evaluate("scrollTo(0, 0)")
    long_page.keyboard.press("Tab")
    long_page.keyboard.press("Tab")
    assert long_page.evaluate("document.activeElement.id") == "last"
    assert long_page.evaluate(IS_FREE), "the browser scrolls what is focused clear of the bar"


def test_the_bar_is_one_row_on_a_wide_window_and_small_when_it_becomes_narrow(
    long_page: Page, stand: Stand
) -> None:
    wide = at(long_page, stand, WIDE)
    assert wide["width"] > 500
    assert wide["height"] <= 44
    assert scrolled_to_the_end(long_page)

    long_page.set_viewport_size(NARROW)
    assert covered(long_page)["width"] < 80
    long_page.set_viewport_size(WIDE)
    assert covered(long_page)["width"] > 500
    assert long_page.evaluate("document.querySelector('invigil-bar').shadowRoot") is None
