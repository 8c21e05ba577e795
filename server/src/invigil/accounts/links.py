"""Launch links (wire.md §3): the only place where a launch token stands in an address."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from invigil.accounts.service import LaunchKind
from invigil.kit.rooms import Origins

LONGEST_ROOT: Final = 128
"""Twice a fingerprint in hex: what is longer is none, and is refused all the same."""


def extension_link(
    origins: Origins,
    kind: LaunchKind,
    token: str,
    *,
    extension_id: str,
    course_root: str | None = None,
) -> str:
    """Return the link that opens the extension with a token in the fragment.

    `course_root` is what the course in the LMS says of the institution's root; passed on as it is.
    """
    server = quote(origins.public_url, safe="")
    fragment = f"v=1&for={kind}&server={server}&token={quote(token, safe='')}"
    if course_root is not None:
        fragment += f"&root={quote(course_root[:LONGEST_ROOT], safe='')}"
    return f"chrome-extension://{extension_id}/open.html#{fragment}"


def enrolment_links(origins: Origins, token: str) -> list[str]:
    """Return a staff link for each extension this server knows."""
    return [
        extension_link(origins, "staff", token, extension_id=each) for each in origins.extension_ids
    ]
