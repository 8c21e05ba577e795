"""Ed25519 keys and C2SP signed notes (sealed.md §4). The only door to the primitive library."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_NOTE_BYTES = 64 * 1024
MAX_SIGNATURES = 100
ED25519 = 0x01
COSIGNATURE_V1 = 0x04
SEED_BYTES = 32

_NAME = re.compile(r"[!-*,-~]{1,200}")  # visible ASCII but '+'
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f]")  # all but LF
_SIGNATURE_LINE = re.compile(r"— (?P<name>[!-*,-~]{1,200}) (?P<blob>[A-Za-z0-9+/]{4,}={0,2})")


class NoteError(ValueError):
    """Base of what can be wrong with a note or a key."""


class NoteMalformedError(NoteError):
    """The bytes have not the form of a signed note or a vkey."""


class NoteForgedError(NoteError):
    """A signature by a known key does not verify, or a required signature is absent."""


def decode_base64(text: str, *, length: int | None = None) -> bytes:
    """Decode standard, padded, canonical base64.

    Raises:
        NoteMalformedError: it is not that, or not `length` bytes.
    """
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteMalformedError("A value is not base64.") from error
    if base64.b64encode(decoded).decode() != text or length not in (None, len(decoded)):
        raise NoteMalformedError("A base64 value has another length or form.")
    return decoded


def encode_base64(data: bytes) -> str:
    """Encode as standard base64 with padding."""
    return base64.b64encode(data).decode()


def key_id(name: str, public_key: bytes, kind: int = ED25519) -> bytes:
    """Return the four bytes that stand before a signature."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name: what a vkey says."""

    name: str
    public_key: bytes

    @staticmethod
    def parse(vkey: str) -> VerifierKey:
        """Read `<name>+<8 hex key id>+<b64(0x01 ‖ public key)>`.

        Raises:
            NoteMalformedError: it has another form, or the key id does not fit.
        """
        name, _, rest = vkey.partition("+")
        shown_id, _, encoded = rest.partition("+")
        key = decode_base64(encoded, length=33)
        if not _NAME.fullmatch(name) or key[0] != ED25519:
            raise NoteMalformedError("A verifier key has another form.")
        if shown_id != key_id(name, key[1:]).hex():
            raise NoteMalformedError("A verifier key's id does not fit its name and key.")
        return VerifierKey(name, key[1:])

    @property
    def vkey(self) -> str:
        """The key as text."""
        shown_id = key_id(self.name, self.public_key).hex()
        return f"{self.name}+{shown_id}+{encode_base64(bytes([ED25519]) + self.public_key)}"

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Say whether this is a signature of the message by this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """An Ed25519 private key. Its name is given at each use: one key serves many institutions."""

    __slots__ = ("_key", "public_key")

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()

    def verifier(self, name: str) -> VerifierKey:
        """Return the public half under a name."""
        return VerifierKey(name, self.public_key)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature."""
        return self._key.sign(message)

    def sign_note(self, text: str, name: str) -> str:
        """Return the signed note of a text (which ends in LF) under `name`."""
        return f"{text}\n{self.signature_line(text, name)}"

    def signature_line(self, text: str, name: str) -> str:
        """Return the line `— name b64` for a text, with its LF."""
        return line(name, key_id(name, self.public_key), self.sign(text.encode()))


def line(name: str, identifier: bytes, signature: bytes) -> str:
    """Write one signature line."""
    return f"— {name} {encode_base64(identifier + signature)}\n"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who, the four bytes of the key id, the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A parsed note. `text` ends in LF and is what was signed."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def signers(self, known: Iterable[VerifierKey]) -> frozenset[VerifierKey]:
        """Return which of the known keys signed. Unknown signatures are ignored.

        Raises:
            NoteForgedError: a line carries a known key's name and id and does not verify.
        """
        message = self.text.encode()
        by_id = {(key.name, key_id(key.name, key.public_key)): key for key in known}
        signed: set[VerifierKey] = set()
        for each in self.signatures:
            key = by_id.get((each.name, each.key_id))
            if key is None:
                continue
            if not key.has_signed(message, each.signature):
                raise NoteForgedError(f"The signature by {each.name} does not verify.")
            signed.add(key)
        return frozenset(signed)


def parse_note(note: bytes | str) -> SignedNote:
    """Read a signed note strictly.

    Raises:
        NoteMalformedError: it is not UTF-8, too large, or not of the form.
    """
    raw = note.encode() if isinstance(note, str) else note
    if len(raw) > MAX_NOTE_BYTES:
        raise NoteMalformedError("A note is larger than 64 KiB.")
    try:
        whole = raw.decode()
    except UnicodeDecodeError as error:
        raise NoteMalformedError("A note is not UTF-8.") from error
    head, gap, tail = whole.rpartition("\n\n")
    if not gap or not head or not tail.endswith("\n") or _CONTROLS.search(whole):
        raise NoteMalformedError("A note has a text, an empty line and signatures.")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteMalformedError("A note has too many signatures.")
    return SignedNote(head + "\n", tuple(map(_parse_signature, lines)))


def _parse_signature(text: str) -> NoteSignature:
    found = _SIGNATURE_LINE.fullmatch(text)
    if found is None:
        raise NoteMalformedError("A signature line has another form.")
    blob = decode_base64(found["blob"])
    if len(blob) < 5:
        raise NoteMalformedError("A signature is too short.")
    return NoteSignature(found["name"], blob[:4], blob[4:])
