"""The data directory: who holds it, and the secrets kept in it (readable by the owner alone)."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from invigil.kit.durable import flush_directory
from invigil.kit.signing import SEED_BYTES, SigningKey, decode_base64, encode_base64

SERVER_KEY = "server.ed25519"
ATTEMPT_TOKENS = "attempt-tokens.secret"
TABLES = "tables.secret"


class StartRefusedError(RuntimeError):
    """The server cannot start; the message tells the operator what to do."""


class DataDir:
    """A directory with `keys/`, `meta.db` and whatever the rooms keep below it."""

    def __init__(self, path: Path, *, may_create_secrets: bool) -> None:
        self.path = path
        self._may_create_secrets = may_create_secrets

    def prepare(self) -> None:
        """Make the directory and its `keys/`, closed to other users of the machine.

        Raises:
            StartRefusedError: the place cannot be written.
        """
        try:
            for each in (self.path, self.path / "keys"):
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
            # What a killed start left behind may be there without a durable name: secrets too.
            flush_directory(self.path / "keys")
            flush_directory(self.path)
            with suppress(PermissionError):  # the directory above may be another's
                flush_directory(self.path.parent)
        except OSError as error:
            raise StartRefusedError(
                f"The data directory {self.path} cannot be made: {error.strerror}. "
                "Choose another with INVIGIL_DATA_DIR."
            ) from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the directory for one server process.

        Raises:
            StartRefusedError: another process holds it.
        """
        with (self.path / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise StartRefusedError(
                    f"Another Invigil server uses the data directory {self.path}. "
                    "Stop it first, or choose another with INVIGIL_DATA_DIR."
                ) from error
            yield

    def server_key(self) -> SigningKey:
        """Return the server's signing key; the first start of an embedded server makes it."""
        return SigningKey(self._secret(SERVER_KEY))

    def attempt_token_secret(self) -> bytes:
        """Return the secret under which attempt tokens are signed; made like the server key."""
        return self._secret(ATTEMPT_TOKENS)

    def table_secret(self) -> bytes:
        """Return the secret that seals private keys in the database; made like the server key."""
        return self._secret(TABLES)

    def _secret(self, name: str) -> bytes:
        path = self.path / "keys" / name
        if not path.exists():
            if not self._may_create_secrets:
                raise StartRefusedError(
                    f"{path} is missing. All servers of one database share their keys: copy the "
                    "keys directory from the first one, or run `invigil init` if this is it."
                )
            _write_once(path, encode_base64(secrets.token_bytes(SEED_BYTES)) + "\n")
        return decode_base64(path.read_text().strip(), length=SEED_BYTES)


def _write_once(path: Path, text: str) -> None:
    """Write a secret durably; if another process was first, keep what it wrote."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    flush_directory(path.parent)
