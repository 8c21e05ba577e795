"""Launch links (wire.md §3): the only place where a launch token stands in an address."""

from __future__ import annotations

from urllib.parse import quote

from invigil.accounts.service import LaunchKind
from invigil.kit.rooms import Origins


def extension_link(origins: Origins, kind: LaunchKind, token: str, *, extension_id: str) -> str:
    """Return the link that opens the extension with a token in the fragment."""
    server = quote(origins.public_url, safe="")
    fragment = f"v=1&for={kind}&server={server}&token={quote(token, safe='')}"
    return f"chrome-extension://{extension_id}/open.html#{fragment}"


def enrolment_links(origins: Origins, token: str) -> list[str]:
    """Return a staff link for each extension this server knows."""
    return [
        extension_link(origins, "staff", token, extension_id=each) for each in origins.extension_ids
    ]
