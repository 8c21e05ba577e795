"""Seals what the server must hand out again, so that tables and their backups do not tell it.

A sealed value is `0x01 ‖ nonce (12 bytes) ‖ AES-256-GCM`, under a key of its column that follows
from the secret in `keys/` (HKDF-SHA256). Column and row are bound to it: moved to another row it
does not open. This opens values of our own tables and nothing else; recordings are sealed to keys
that the server never has.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32


class SealBrokenError(ValueError):
    """A sealed value does not open: another secret, another row, or other bytes."""


class TableSeal:
    """Seals and opens the values of one column, named `table.column`."""

    def __init__(self, table_secret: bytes, column: str) -> None:
        info = f"invigil/v1/table\n{column}\n".encode()
        derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info)
        self._key = AESGCM(derive.derive(table_secret))
        self._column = column

    def seal(self, value: str, row_id: str) -> bytes:
        """Return what is stored of a value in the row of this id."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._key.encrypt(nonce, value.encode(), self._place(row_id))

    def open(self, sealed: bytes, row_id: str) -> str:
        """Return the value that was sealed for this row.

        Raises:
            SealBrokenError: it was not, or not under this secret.
        """
        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if not sealed.startswith(VERSION) or len(nonce) != NONCE_BYTES:
            raise SealBrokenError
        try:
            return self._key.decrypt(nonce, rest, self._place(row_id)).decode()
        except InvalidTag as error:
            raise SealBrokenError from error

    def _place(self, row_id: str) -> bytes:
        return f"{self._column}\n{row_id}".encode()
