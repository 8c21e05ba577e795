"""Searches for plaintext in everything a server has: its files, its logs, its memory."""

from __future__ import annotations

import base64
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ops.sit.student import NAME

CHUNK = 16 * 1024 * 1024
WINDOW = 48
PIECES = 40
CONTROL = {b"Demo University", NAME.encode()}
"""What the server must know, and so has: it shows that the search finds what is there."""
TEXTS = ("agreement", "checks", "events", "summary")
_READABLE = re.compile(r"(?P<begin>[0-9a-f]+)-(?P<end>[0-9a-f]+) r")


def secrets_of(phrase: str, export: Path) -> set[bytes]:
    """What the server must never have: the keyring's words, the attempt's keys, the recording."""
    with zipfile.ZipFile(export) as archive:
        lines = archive.read("identities.txt").decode().splitlines()
    streams = [line.split()[-1] for line in lines if line.startswith("# stream")]
    identities = [line for line in lines if line.startswith("AGE-SECRET-KEY-")]
    keys = {text.encode() for text in (phrase, *streams, *identities)}
    recorded = pieces_of(export.with_name("extracted"))
    texts = {piece for stream in TEXTS for piece in recorded[stream]}
    pictures = {piece for pieces in recorded.values() for piece in pieces} - texts
    raw = {base64.b64decode(text) for text in streams}
    return raw | pictures | {form for text in keys | texts for form in _forms(text)}


def pieces_of(extracted: Path) -> dict[str, set[bytes]]:
    """Pieces of what was recorded and typed, from all over each stream, by its name."""
    agreement = json.loads((extracted / "agreement.jsonl").read_text())
    asked = agreement["text"].encode()  # the institution's own words: the server hands them out
    return {
        path.stem: {piece for piece in _pieces(path.read_bytes()) if piece not in asked}
        for path in extracted.iterdir()
    }


def _pieces(content: bytes) -> Iterator[bytes]:
    """Short contents whole, window by window; long ones here and there."""
    step = max(WINDOW, len(content) // (PIECES + 1))
    for at in range(0, len(content), step):
        piece = content[at : at + WINDOW]
        if len(piece) >= WINDOW // 2:
            yield piece


def _forms(text: bytes) -> Iterator[bytes]:
    """A text as it is, and inside a base64 of something longer, wherever it begins there."""
    yield text
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text)
        # The first and the last group hold bits of the neighbours.
        yield encoded[4 if shift else 0 : -4]


def found_in_files(folder: Path, needles: Iterable[bytes]) -> set[bytes]:
    """Which of the needles stand in any file below the folder: database, WAL, packs, logs."""
    wanted = set(needles)
    return {
        needle
        for path in folder.rglob("*")
        if path.is_file()
        for needle in _found(path.read_bytes(), wanted)
    }


def found_in_memory(pid: int, needles: Iterable[bytes]) -> set[bytes]:
    """Which of the needles stand in the memory of a running process (Linux)."""
    wanted = set(needles)
    return {needle for piece in _memory(pid) for needle in _found(piece, wanted)}


def _found(piece: bytes, needles: set[bytes]) -> set[bytes]:
    return {needle for needle in needles if needle in piece}


def _memory(pid: int) -> Iterator[bytes]:
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            region = _READABLE.match(line)
            if region is None or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            begin, end = int(region["begin"], 16), int(region["end"], 16)
            for at in range(begin, end, CHUNK):
                memory.seek(at)
                try:
                    # A little of the next chunk too: a needle may lie across the seam.
                    yield memory.read(min(CHUNK + 256, end - at))
                except OSError:
                    break  # a guard page
