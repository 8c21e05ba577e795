"""The text grammar of sealed.md §2: LF lines, padded base64, decimal integers."""

import base64
import binascii
import re
from dataclasses import dataclass

from invigil_verify.problems import Refused

INSTITUTION = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
ULID = re.compile(r"[0-9a-z]{26}")
SCOPE = re.compile(r"(?:exam|course)/[0-9a-z]{26}")
STREAM = re.compile(r"[a-z][a-z0-9-]{0,23}")
VERSION = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}")
# No control character, no space at either end.
DISPLAY_NAME = re.compile(r"(?! )[^\x00-\x1f\x7f-\x9f]{1,200}(?<! )")
# No text of the format holds one, but for the line feeds between its lines.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,15}")
_LARGEST = 2**53 - 1  # what every JSON and JavaScript number holds exactly

NOTE_CAP = 64 * 1024
LEAF_CAP = 8 * 1024
WRAP_CAP = 64 * 1024
SEGMENT_CAP = 8 * 1024 * 1024


def integer(text: str, *, least: int = 0) -> int:
    """A decimal integer without sign or leading zero, at least `least`."""
    if not _INTEGER.fullmatch(text) or not least <= int(text) <= _LARGEST:
        raise Refused("malformed", f"{text!r} is not an integer of at least {least}.")
    return int(text)


def b64(text: str, length: int | None = None) -> bytes:
    """Standard padded base64 in its one canonical spelling, of `length` bytes when given."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("malformed", f"{text[:60]!r} is not base64.") from None
    if base64.b64encode(value).decode() != text:
        raise Refused("malformed", "A base64 value is not in its canonical spelling.")
    if length is not None and len(value) != length:
        raise Refused("malformed", f"A base64 value holds {len(value)} bytes, {length} are due.")
    return value


def matching(pattern: re.Pattern[str], text: str) -> str:
    """`text` itself when the whole of it has the pattern's form."""
    if not pattern.fullmatch(text):
        raise Refused("malformed", f"{text[:60]!r} has not the form that its place asks for.")
    return text


def fields(line: str, count: int) -> list[str]:
    """Exactly `count` fields, one space between them."""
    parts = line.split(" ")
    if len(parts) != count or "" in parts:
        raise Refused("malformed", f"The line {line[:60]!r} must have {count} fields.")
    return parts


@dataclass
class Lines:
    """A text read line by line, strictly, in order; `end()` refuses what is left over."""

    rest: list[str]

    @classmethod
    def of(cls, raw: bytes, *, cap: int, first: tuple[str, ...]) -> tuple[str, "Lines"]:
        """Split `raw`; the first line must be one of `first`, and is returned beside the rest."""
        if len(raw) > cap:
            raise Refused("malformed", f"A text of {len(raw)} bytes is over the cap of {cap}.")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("malformed", "A text is not UTF-8.") from None
        if not text.endswith("\n") or _CONTROL.search(text):
            sentence = "A text does not end in a line feed, or holds a control character."
            raise Refused("malformed", sentence)
        head, *rest = text[:-1].split("\n")
        if head not in first:
            raise Refused("unsupported-version", f"The first line {head[:60]!r} is not known.")
        return head, cls(rest)

    def take(self) -> str:
        """The next line."""
        if not self.rest:
            raise Refused("malformed", "A text ends before its last field.")
        return self.rest.pop(0)

    def counted(self, label: str, *, numbers: int = 1) -> list[int]:
        """A line `<label> <n> …` that announces how many lines follow."""
        name, *counts = fields(self.take(), numbers + 1)
        if name != label:
            raise Refused("malformed", f"{name!r} stands where {label!r} is due.")
        return [integer(count) for count in counts]

    def end(self) -> None:
        """Nothing may follow."""
        if self.rest:
            raise Refused("malformed", f"A text has {len(self.rest)} lines too many.")
