"""Searches for plaintext in everything a server has: its files, its logs, its memory."""

from __future__ import annotations

import base64
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
_READABLE = re.compile(r"(?P<begin>[0-9a-f]+)-(?P<end>[0-9a-f]+) r")


def secrets_of(phrase: str, export: Path) -> set[bytes]:
    """What the server must never have: the keyring's words, the attempt's keys, the recording."""
    with zipfile.ZipFile(export) as archive:
        lines = archive.read("identities.txt").decode().splitlines()
    streams = [line.split()[-1] for line in lines if line.startswith("# stream")]
    identities = [line for line in lines if line.startswith("AGE-SECRET-KEY-")]
    keys = {text.encode() for text in (phrase, *streams, *identities)}
    return keys | {base64.b64decode(text) for text in streams} | _sealed(export)


def _sealed(export: Path) -> set[bytes]:
    """Pieces of what was recorded and typed, from all over each file."""
    extracted = export.with_name("extracted")
    pieces = {b'"typed_name":"' + NAME.encode()}
    for media in extracted.glob("*.mp4"):
        content = media.read_bytes()
        step = len(content) // (PIECES + 1)
        pieces |= {content[at * step : at * step + WINDOW] for at in range(1, PIECES + 1)}
    return pieces


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
