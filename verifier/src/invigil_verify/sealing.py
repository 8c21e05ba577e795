"""The key schedule and the opening of age files (sealed.md §3, §5)."""

import re
from dataclasses import dataclass

import pyrage  # type: ignore[import-untyped]  # compiled, ships no types
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from invigil_verify.problems import Refused
from invigil_verify.text import SEGMENT_CAP, integer

_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_VERSION = b"age-encryption.org/v1\n"
_STANZA = re.compile(rb"-> ([^\s]+)(?: [^\n]*)?\n")
# What pyrage says while it reads the header; whatever it says later is about the payload.
_HEADER_NOT_OPENED = ("No matching keys", "Header MAC is invalid")
_LEAST_WORK, _MOST_WORK = 18, 20


def derive(secret: bytes, info: str) -> bytes:
    """HKDF-SHA256 with salt `invigil/v1`; 32 bytes."""
    return HKDF(hashes.SHA256(), 32, b"invigil/v1", info.encode()).derive(secret)


def stream_secret(secret: bytes, attempt: str, stream: str) -> bytes:
    """The secret of one stream from the attempt's secret S (32 bytes)."""
    return derive(secret, f"stream\n{attempt}\n{stream}\n")


def segment_identity(secret: bytes, index: int) -> str:
    """The age identity of one file from its stream's secret."""
    return _bech32("age-secret-key-", derive(secret, f"segment\n{index}\n")).upper()


def _bech32(prefix: str, payload: bytes) -> str:
    bits = int.from_bytes(payload) << (-len(payload) * 8 % 5)
    count = -(-len(payload) * 8 // 5)
    words = [bits >> 5 * (count - 1 - place) & 31 for place in range(count)]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = _polymod([*expanded, *words, 0, 0, 0, 0, 0, 0]) ^ 1
    words += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return prefix + "1" + "".join(_CHARSET[word] for word in words)


def is_bech32(text: str) -> bool:
    """Whether a Bech32 text (lower case, of any length: BIP-173 without its cap) is spelt right."""
    prefix, mark, rest = text.rpartition("1")
    if not mark or not set(rest) <= set(_CHARSET):
        return False
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    return _polymod(expanded + [_CHARSET.index(c) for c in rest]) == 1


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            check ^= generator if top >> place & 1 else 0
    return check


def stanzas(file: bytes) -> list[str]:
    """The stanza types of an age file's header, in order."""
    end = file.find(b"\n--- ")
    if not file.startswith(_VERSION) or end < 0:
        raise Refused("malformed", "The file is not a binary age file.")
    return [m[1].decode("ascii", "replace") for m in _STANZA.finditer(file[: end + 1])]


def open_segment(file: bytes, identity: str) -> bytes:
    """The plaintext of one segment file; `wrong-key`, `tampered` or `downgrade` otherwise."""
    if len(file) > SEGMENT_CAP:
        raise Refused("malformed", "A segment file is over the cap.")
    if stanzas(file) != ["X25519"]:
        raise Refused("downgrade", "A segment file must have one X25519 recipient and no other.")
    try:
        return bytes(pyrage.decrypt(file, [pyrage.x25519.Identity.from_str(identity)]))
    except pyrage.DecryptError as error:
        if any(said in str(error) for said in _HEADER_NOT_OPENED):
            raise Refused("wrong-key", "The key at hand does not open the file.") from None
        raise Refused("tampered", "The file's contents do not authenticate.") from None
    except pyrage.IdentityError:
        raise Refused("wrong-key", "An identity is not one.") from None


def open_phrase(file: bytes, phrase: str) -> bytes:
    """A file sealed to a phrase (scrypt, 2^18 to 2^20)."""
    if stanzas(file) != ["scrypt"]:
        raise Refused("downgrade", "A file sealed to a phrase must have one scrypt recipient.")
    header = file[: file.find(b"\n--- ")].split(b"\n")[1].split(b" ")
    work = integer(header[3].decode("ascii", "replace")) if len(header) == 4 else 0
    if work < _LEAST_WORK:
        raise Refused("downgrade", f"A phrase is protected with a work factor of {work} only.")
    if work > _MOST_WORK:
        raise Refused("malformed", f"A work factor of {work} would stall the reader.")
    try:
        return bytes(pyrage.passphrase.decrypt(file, phrase))
    except pyrage.DecryptError:
        raise Refused("wrong-key", "The phrase does not open the file.") from None


@dataclass(frozen=True)
class Identities:
    """An export's `identities.txt`: stream secrets, and the identity of each file."""

    secrets: dict[str, bytes]
    by_file: dict[tuple[str, int], str]

    def of(self, stream: str, index: int) -> str:
        """The identity of one file, which must follow from its stream's secret."""
        given = self.by_file.get((stream, index))
        if given is None or stream not in self.secrets:
            raise Refused("wrong-key", "The export has no key for this file.")
        if given != segment_identity(self.secrets[stream], index):
            raise Refused("wrong-key", "The file's key does not follow from its stream's secret.")
        return given
