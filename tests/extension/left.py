"""What an attempt leaves in the browser, and how far its receipts came."""

from __future__ import annotations

import time
from typing import Any

from tests.extension.stand import Candidate

_DATABASE = """
  const database = await new Promise((done) => {
    const asked = indexedDB.open("invigil");
    asked.onsuccess = () => done(asked.result);
  });
  const ask = (store, how) => new Promise((done) => {
    const asked = database.transaction(store).objectStore(store)[how]();
    asked.onsuccess = () => done(asked.result);
  });
"""
_LEFT = f"""async () => {{{_DATABASE}
  const rows = {{}};
  for (const store of database.objectStoreNames) rows[store] = await ask(store, "count");
  const spool = await (await navigator.storage.getDirectory()).getDirectoryHandle("spool");
  const folders = [];
  for await (const name of spool.keys()) folders.push(name);
  return {{ rows, folders, session: await chrome.storage.session.get("access-code") }};
}}"""
_LOG = f"""async () => {{{_DATABASE}
  const leaves = await ask("leaves", "getAll");
  const last = new TextDecoder().decode(leaves.at(-1)?.leaf);
  const [mark] = await ask("marks", "getAll");
  const covered = mark !== undefined && mark.receipted === leaves.length;
  return last.startsWith("invigil/v1/close") && covered;
}}"""
_PATIENCE_S = 60


def left_behind(candidate: Candidate) -> dict[str, Any]:
    """What is left after everything was destroyed; what is left all the same, if it was not."""
    until = time.monotonic() + 10
    while True:
        left: dict[str, Any] = candidate.page.evaluate(_LEFT)
        if not any(left["rows"].values()) or time.monotonic() > until:
            return left
        candidate.page.wait_for_timeout(200)


def wait_for_last_receipt(candidate: Candidate) -> None:
    """Wait until the disk holds a receipt for the whole closed log."""
    until = time.monotonic() + _PATIENCE_S
    while not candidate.page.evaluate(_LOG):
        assert time.monotonic() < until, "no receipt covers the log"
        candidate.page.wait_for_timeout(100)
