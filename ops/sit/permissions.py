"""What the browser says it has granted to the extension."""

from playwright.sync_api import Page

Permissions = dict[str, list[str]]

NOW = "() => chrome.permissions.getAll()"
# Asked again at each removal; after a while it is what it is.
AFTER_REMOVAL = """() => new Promise((resolve) => {
  const look = async () => {
    const held = await chrome.permissions.getAll();
    if (held.origins.length === 0 && !held.permissions.includes("scripting")) resolve(held);
  };
  chrome.permissions.onRemoved.addListener(look);
  setTimeout(async () => resolve(await chrome.permissions.getAll()), 20000);
  void look();
})"""


def permissions(page: Page) -> Permissions:
    """What is granted now; `page` is one of the extension's."""
    return _sorted(page.evaluate(NOW))


def permissions_left(page: Page) -> Permissions:
    """What is granted once the exam's are given back, or still after 20 s."""
    return _sorted(page.evaluate(AFTER_REMOVAL))


def _sorted(held: Permissions) -> Permissions:
    return {kind: sorted(names) for kind, names in sorted(held.items())}
