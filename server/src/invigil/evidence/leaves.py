"""The leaves of an attempt's log, parsed strictly (docs/spec/sealed.md §2 and §7).

A leaf either has exactly the form of the specification or is refused. Nothing is guessed, nothing
is repaired: the bytes that are hashed are the bytes that were parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from invigil.kit.signing import NoteError, VerifierKey, decode_base64

MAX_LEAF_BYTES = 8 * 1024
MAX_SEGMENT_BYTES = 8 * 1024 * 1024
"""Caps of sealed.md §2."""

_INSTITUTION = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ULID = re.compile(r"[0-9a-z]{26}")
_SCOPE = re.compile(r"(?:exam|course)/[0-9a-z]{26}")
_STREAM = re.compile(r"[a-z][a-z0-9-]{0,23}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_MAX_NUMBER = 2**53 - 1  # what every implementation can hold
_VERSION = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}")
GAP_CAUSES = frozenset(
    {"crash", "disk-full", "device-lost", "share-stopped", "paused", "closed-tab"}
)

Kind = Literal["whole", "delta"]


class LeafInvalidError(ValueError):
    """A leaf has not the form of sealed.md §7; the message names what is wrong, not the content."""


@dataclass(frozen=True, slots=True)
class OpenLeaf:
    """Leaf 0: what the attempt's device promised before anything was recorded."""

    institution: str
    attempt: str
    scope: str
    epoch: int
    wrap_sha256: bytes
    attempt_key: VerifierKey
    device_key: VerifierKey
    opened_ms: int
    keylog_size: int
    keylog_root: bytes
    nonce: bytes
    client_version: str


@dataclass(frozen=True, slots=True)
class SegmentLeaf:
    """One sealed file: its place, its time (ms since open), its length and hash."""

    attempt: str
    stream: str
    index: int
    t0_ms: int
    t1_ms: int
    kind: Kind
    length: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class GapLeaf:
    """A declared interruption, in ms since open."""

    attempt: str
    from_ms: int
    to_ms: int
    cause: str


@dataclass(frozen=True, slots=True)
class CloseLeaf:
    """The end: how many files each stream has. Nothing follows."""

    attempt: str
    closed_ms: int
    counts: tuple[tuple[str, int], ...]


Leaf = OpenLeaf | SegmentLeaf | GapLeaf | CloseLeaf


def parse_leaf(raw: bytes) -> Leaf:
    """Return the leaf that `raw` spells.

    Raises:
        LeafInvalidError: too long, not UTF-8, an unknown first line, or any line of another form.
    """
    if len(raw) > MAX_LEAF_BYTES:
        raise LeafInvalidError("a leaf has more than 8 KiB")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LeafInvalidError("a leaf is not UTF-8 text") from error
    # Not splitlines(): only LF ends a line here.
    first, *lines = text.split("\n")
    if not lines or lines.pop() != "":
        raise LeafInvalidError("a leaf does not end in a line feed")
    parse = _PARSERS.get(first)
    if parse is None:
        raise LeafInvalidError("a leaf begins with an unknown line")
    return parse(lines)


def _parse_open(lines: list[str]) -> OpenLeaf:
    _expect_lines(lines, 10)
    scope, epoch = _fields(lines[2], 2)
    keylog_size, keylog_root = _fields(lines[7], 2)
    institution = _match(_INSTITUTION, lines[0], "institution")
    attempt = _match(_ULID, lines[1], "attempt")
    return OpenLeaf(
        institution=institution,
        attempt=attempt,
        scope=_match(_SCOPE, scope, "scope"),
        epoch=_number(epoch, "epoch", least=1),
        wrap_sha256=_b64(lines[3], 32, "hash of the wrap"),
        attempt_key=_key(lines[4], f"invigil/{institution}/attempt/{attempt}"),
        device_key=_key(lines[5], f"invigil/{institution}/device/{attempt}"),
        opened_ms=_number(lines[6], "time of opening"),
        keylog_size=_number(keylog_size, "key log's size"),
        keylog_root=_b64(keylog_root, 32, "key log's root"),
        nonce=_b64(lines[8], 16, "nonce"),
        client_version=_match(_VERSION, lines[9], "client version"),
    )


def _parse_segment(lines: list[str]) -> SegmentLeaf:
    _expect_lines(lines, 6)
    t0, t1, kind = _fields(lines[3], 3)
    t0_ms, t1_ms = _number(t0, "start"), _number(t1, "end")
    if t0_ms > t1_ms:
        raise LeafInvalidError("a segment ends before it starts")
    return SegmentLeaf(
        attempt=_match(_ULID, lines[0], "attempt"),
        stream=_match(_STREAM, lines[1], "stream"),
        index=_number(lines[2], "index"),
        t0_ms=t0_ms,
        t1_ms=t1_ms,
        kind=_segment_kind(kind),
        length=_number(lines[4], "length", most=MAX_SEGMENT_BYTES),
        sha256=_b64(lines[5], 32, "hash of the file"),
    )


def _parse_gap(lines: list[str]) -> GapLeaf:
    _expect_lines(lines, 2)
    begin, end, cause = _fields(lines[1], 3)
    from_ms, to_ms = _number(begin, "start of the gap"), _number(end, "end of the gap")
    if from_ms > to_ms:
        raise LeafInvalidError("a gap ends before it starts")
    if cause not in GAP_CAUSES:
        raise LeafInvalidError("a gap has an unknown cause")
    return GapLeaf(_match(_ULID, lines[0], "attempt"), from_ms, to_ms, cause)


def _parse_close(lines: list[str]) -> CloseLeaf:
    _expect_lines(lines, 3)
    counts = tuple(_stream_count(field) for field in lines[2].split(" ")) if lines[2] else ()
    streams = [stream for stream, _ in counts]
    if streams != sorted(set(streams)):
        raise LeafInvalidError("the close does not name its streams once each, in order")
    return CloseLeaf(
        _match(_ULID, lines[0], "attempt"), _number(lines[1], "time of the close"), counts
    )


_PARSERS: dict[str, Callable[[list[str]], Leaf]] = {
    "invigil/v1/open": _parse_open,
    "invigil/v1/segment": _parse_segment,
    "invigil/v1/gap": _parse_gap,
    "invigil/v1/close": _parse_close,
}


def _segment_kind(text: str) -> Kind:
    if text == "whole":
        return "whole"
    if text == "delta":
        return "delta"
    raise LeafInvalidError("a segment is neither whole nor delta")


def _stream_count(field: str) -> tuple[str, int]:
    stream, _, count = field.partition("=")
    return _match(_STREAM, stream, "stream"), _number(count, "count", least=1)


def _expect_lines(lines: list[str], count: int) -> None:
    if len(lines) != count:
        raise LeafInvalidError(f"a leaf has {len(lines)} lines after its first, not {count}")


def _fields(line: str, count: int) -> list[str]:
    fields = line.split(" ")
    if len(fields) != count:
        raise LeafInvalidError(f"a line has {len(fields)} fields, not {count}")
    return fields


def _match(pattern: re.Pattern[str], text: str, name: str) -> str:
    if not pattern.fullmatch(text):
        raise LeafInvalidError(f"the {name} has not the form it should have")
    return text


def _number(text: str, name: str, *, least: int = 0, most: int = _MAX_NUMBER) -> int:
    number = int(_match(_NUMBER, text, name))
    if not least <= number <= most:
        raise LeafInvalidError(f"the {name} is not between {least} and {most}")
    return number


def _key(vkey: str, name: str) -> VerifierKey:
    try:
        key = VerifierKey.parse(vkey)
    except NoteError as error:
        raise LeafInvalidError("a key in the opening is not well formed") from error
    if key.name != name:
        raise LeafInvalidError("a key in the opening has another name than it should")
    return key


def _b64(text: str, length: int, name: str) -> bytes:
    try:
        return decode_base64(text, length=length)
    except NoteError as error:
        raise LeafInvalidError(f"the {name} is not the base64 of {length} bytes") from error
