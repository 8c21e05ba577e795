"""What the browser tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, sync_playwright


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright keeps an event loop in this thread until the end; no other may run beside it.
    items.sort(key=_is_e2e)
    for item in filter(_is_e2e, items):
        item.add_marker(pytest.mark.xdist_group(_shared_by(item)))


def _is_e2e(item: pytest.Item) -> bool:
    return item.get_closest_marker("e2e") is not None


def _shared_by(item: pytest.Item) -> str:
    """What the browser tests of one process share: the exam that is sat once, or a file's stand."""
    is_at_the_sitting = isinstance(item, pytest.Function) and "sitting" in item.fixturenames
    return "sitting" if is_at_the_sitting else item.nodeid.partition("::")[0]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running
