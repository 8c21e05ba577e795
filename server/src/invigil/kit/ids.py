"""Identifiers: ULIDs in lower case, 26 characters, sortable by the time they were made."""

from __future__ import annotations

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32
ID_PATTERN = r"^[0-9a-z]{26}$"
ID_LENGTH = 26


def new_id(now_ms: int) -> str:
    """Return a fresh identifier: 48 bits of `now_ms` (Unix time), then 80 random bits."""
    number = (now_ms << 80) | secrets.randbits(80)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
