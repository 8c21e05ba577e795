"""Checkpoints (C2SP tlog-checkpoint) and cosignatures v1 (C2SP tlog-cosignature), sealed.md §4."""

from __future__ import annotations

import re
from dataclasses import dataclass

from invigil.kit.signing import (
    COSIGNATURE_V1,
    NoteForgedError,
    NoteMalformedError,
    SignedNote,
    SigningKey,
    VerifierKey,
    decode_base64,
    encode_base64,
    key_id,
    line,
    parse_note,
)
from invigil.kit.tree import HASH_BYTES

_SIZE = re.compile(r"0|[1-9][0-9]{0,14}")
_COSIGNATURE_BYTES = 8 + 64


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: its origin, number of leaves and root hash (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @staticmethod
    def parse(text: str) -> Checkpoint:
        """Read the text of a checkpoint: exactly three lines.

        Raises:
            NoteMalformedError: it has another form.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0] or not _SIZE.fullmatch(lines[1]):
            raise NoteMalformedError("A checkpoint has three lines: origin, size, root.")
        return Checkpoint(lines[0], int(lines[1]), decode_base64(lines[2], length=HASH_BYTES))


def open_checkpoint(note: bytes | str, signer: VerifierKey) -> tuple[Checkpoint, SignedNote]:
    """Read a checkpoint that `signer` must have signed.

    Raises:
        NoteMalformedError: it has another form.
        NoteForgedError: the signature is absent or wrong.
    """
    parsed = parse_note(note)
    if signer not in parsed.signers([signer]):
        raise NoteForgedError("The checkpoint is not signed by its key.")
    return Checkpoint.parse(parsed.text), parsed


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey, name: str) -> str:
    """Return the checkpoint as a note signed by `key` under `name`."""
    return key.sign_note(checkpoint.text, name)


def _cosigned_message(text: str, unix_s: int) -> bytes:
    return f"cosignature/v1\ntime {unix_s}\n{text}".encode()


def cosign(text: str, key: SigningKey, name: str, *, unix_s: int) -> str:
    """Return the signature line of a cosignature v1 over a checkpoint's text."""
    signature = key.sign(_cosigned_message(text, unix_s))
    identifier = key_id(name, key.public_key, COSIGNATURE_V1)
    return line(name, identifier, unix_s.to_bytes(8, "big") + signature)


def cosigned_at(note: SignedNote, witness: VerifierKey) -> int | None:
    """Return the time (Unix seconds) of the witness's cosignature, or None when there is none.

    Raises:
        NoteForgedError: there is one and it does not verify.
    """
    identifier = key_id(witness.name, witness.public_key, COSIGNATURE_V1)
    for each in note.signatures:
        if (each.name, each.key_id) != (witness.name, identifier):
            continue
        if len(each.signature) != _COSIGNATURE_BYTES:
            raise NoteForgedError("A cosignature has another length.")
        unix_s = int.from_bytes(each.signature[:8], "big")
        if not witness.has_signed(_cosigned_message(note.text, unix_s), each.signature[8:]):
            raise NoteForgedError(f"The cosignature by {witness.name} does not verify.")
        return unix_s
    return None
