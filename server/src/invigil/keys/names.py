"""Key names (sealed.md §4)."""

from __future__ import annotations

from invigil.kit.signing import SigningKey, VerifierKey

SUITE = "age-v1 mlkem768x25519 x25519 ed25519 sha256"


def server_name(slug: str) -> str:
    """Name the key that signs the key log and cosigns attempts."""
    return f"invigil/{slug}/server"


def staff_name(slug: str, person_id: str) -> str:
    """Name a staff member's key (an administrator's too)."""
    return f"invigil/{slug}/staff/{person_id}"


def root_name(slug: str, number: int) -> str:
    """Name a root key; numbers count from 1."""
    return f"invigil/{slug}/root/{number}"


def key_log_origin(slug: str) -> str:
    """Name the key log in its checkpoints."""
    return f"invigil/{slug}/keys"


def server_verifier(server_key: SigningKey, slug: str) -> VerifierKey:
    """Return the server's public key as one institution knows it."""
    return server_key.verifier(server_name(slug))
