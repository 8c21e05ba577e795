"""C2SP signed notes, tlog checkpoints and cosignatures (sealed.md §4)."""

import hashlib
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from invigil_verify.problems import Refused
from invigil_verify.text import NOTE_CAP, b64, integer

ED25519 = 0x01
COSIGNATURE = 0x04
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True)
class Vkey:
    """A verifier key: `<name>+<key id in hex>+<b64(0x01 ‖ public key)>`."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str, *, name: str | None = None) -> "Vkey":
        """Read a vkey; the key id must be the key's own, the name the expected one."""
        parts = text.split("+", 2)
        if len(parts) != 3 or not parts[0] or re.search(r"\s", parts[0]):
            raise Refused("malformed", "A verifier key has not its three parts.")
        raw = b64(parts[2], 33)
        key = cls(parts[0], raw[1:])
        if raw[0] != ED25519 or parts[1] != key.key_id(ED25519).hex():
            raise Refused("malformed", "A verifier key's id is not that of its key.")
        if name is not None and key.name != name:
            raise Refused("malformed", f"A key named {key.name!r} stands where {name!r} is due.")
        return key

    def key_id(self, kind: int) -> bytes:
        """The first 4 bytes of SHA-256(name ‖ LF ‖ kind ‖ public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([kind]) + self.public).digest()[:4]

    def accepts(self, signature: bytes, message: bytes) -> bool:
        """Whether this is the key's Ed25519 signature over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Note:
    """A signed note taken apart: text with the closing LF; (name, key id ‖ signature) pairs."""

    raw: bytes
    text: bytes
    signatures: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, raw: bytes) -> "Note":
        """Split a note at its last empty line; signature lines are strict."""
        if len(raw) > NOTE_CAP:
            raise Refused("malformed", f"A note of {len(raw)} bytes is over the cap of {NOTE_CAP}.")
        text, gap, block = raw.rpartition(b"\n\n")
        if not gap or not text:
            raise Refused("malformed", "A signed note has no text, or no signature block.")
        if _CONTROL.search(raw):
            raise Refused("malformed", "A signed note holds a control character.")
        try:
            *lines, rest = block.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            raise Refused("malformed", "A signature block is not UTF-8.") from None
        if rest or not lines:
            raise Refused("malformed", "Signature lines must each end in a line feed.")
        return cls(raw, text + b"\n", tuple(cls._signature(line) for line in lines))

    @staticmethod
    def _signature(line: str) -> tuple[str, bytes]:
        match = _SIGNATURE_LINE.fullmatch(line)
        if match is None:
            raise Refused("malformed", f"{line[:60]!r} is not a signature line.")
        signature = b64(match[2])
        if len(signature) < 5:
            raise Refused("malformed", "A signature is too short.")
        return match[1], signature

    def of(self, key: Vkey, kind: int) -> list[bytes]:
        """This key's signatures of one kind, without the key id."""
        key_id = key.key_id(kind)
        return [s[4:] for name, s in self.signatures if name == key.name and s[:4] == key_id]

    def is_signed_by(self, key: Vkey) -> bool:
        """True when signed by `key`, False when the key is absent; a bad signature is `forged`."""
        signatures = self.of(key, ED25519)
        if not all(key.accepts(signature, self.text) for signature in signatures):
            raise Refused("forged", f"A signature of {key.name} does not belong to its text.")
        return bool(signatures)

    def is_signed_by_any(self, keys: Iterable[Vkey]) -> bool:
        """Whether one of `keys` signed; every key is tried, so that a bad signature is found."""
        signed = [self.is_signed_by(key) for key in keys]
        return any(signed)

    def require(self, key: Vkey) -> None:
        """Refuse the note unless `key` signed it."""
        if not self.is_signed_by(key):
            raise Refused("forged", f"The signature of {key.name} is absent.")


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement of a tree's size and root."""

    note: Note
    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, raw: bytes, origin: str) -> "Checkpoint":
        """Origin, size, root, and nothing else."""
        note = Note.parse(raw)
        try:
            lines = note.text.decode("utf-8")[:-1].split("\n")
        except UnicodeDecodeError:
            raise Refused("malformed", "A checkpoint is not UTF-8.") from None
        if len(lines) != 3:
            raise Refused("malformed", "A checkpoint has three lines.")
        if lines[0] != origin:
            raise Refused("forked", f"A checkpoint of {lines[0][:80]!r} stands for {origin!r}.")
        return cls(note, origin, integer(lines[1]), b64(lines[2], 32))

    def cosigned_at(self, server: Vkey) -> int | None:
        """Unix seconds of the server's receipt, None when there is none; a bad one is `forged`."""
        moments = [self._cosignature(server, s) for s in self.note.of(server, COSIGNATURE)]
        return max(moments) if moments else None

    def _cosignature(self, server: Vkey, signature: bytes) -> int:
        if len(signature) != 72:
            raise Refused("forged", "A cosignature has 72 bytes.")
        (seconds,) = struct.unpack(">Q", signature[:8])
        message = f"cosignature/v1\ntime {seconds}\n".encode() + self.note.text
        if not server.accepts(signature[8:], message):
            raise Refused("forged", "The server's receipt does not belong to its checkpoint.")
        return int(seconds)
