"""How a person works a page: with the mouse, or in another way that a test wants to see."""

from typing import Protocol

from playwright.sync_api import Locator


class Hands(Protocol):
    """What every way of working a page can do."""

    def press(self, target: Locator) -> None:
        """Press a button or follow a link."""

    def fill(self, target: Locator, text: str) -> None:
        """Write into a box."""

    def choose(self, target: Locator) -> None:
        """Choose one of several radio buttons."""


class Mouse:
    """Points at things, as most people do."""

    def press(self, target: Locator) -> None:
        target.click()

    def fill(self, target: Locator, text: str) -> None:
        target.fill(text)

    def choose(self, target: Locator) -> None:
        target.check()
