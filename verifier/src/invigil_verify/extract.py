"""Writing what verified: media joined behind one initialisation segment, JSON lines as they are."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from invigil_verify.leaves import Segment

_INITIALISATION = (b"ftyp", b"moov")


def boxes(file: bytes) -> list[tuple[bytes, bytes]]:
    """Top-level ISO BMFF boxes as (type, whole box); `ValueError` when the bytes are no boxes."""
    found, at = [], 0
    while at < len(file):
        size = int.from_bytes(file[at : at + 4])
        if size == 1:
            size = int.from_bytes(file[at + 8 : at + 16])
        if size < 8 or at + size > len(file):
            raise ValueError("not a whole number of boxes")
        found.append((file[at + 4 : at + 8], file[at : at + size]))
        at += size
    return found


@dataclass
class _Track:
    out: BinaryIO
    initialisation: bytes
    number: int
    next_index: int


@dataclass
class Extractor:
    """A sink for `verify`: writes each stream as it comes; `close()` at the end.

    After a missing or unreadable file, `delta` files are left out until the next whole one: they
    would decode to a wrong picture.
    """

    folder: Path
    paths: list[Path] = field(default_factory=list)
    left_out: list[Segment] = field(default_factory=list)
    """Files that opened but are no film. What a candidate recorded is no fault of the record."""
    _tracks: dict[str, _Track] = field(default_factory=dict)
    _lines: dict[str, BinaryIO] = field(default_factory=dict)

    def __call__(self, segment: Segment, plain: bytes) -> None:
        """Take one opened file."""
        if plain[4:8] == b"ftyp":
            self._media(segment, plain)
        else:
            self._text(segment, plain)

    def _text(self, segment: Segment, plain: bytes) -> None:
        if segment.stream not in self._lines:
            self._lines[segment.stream] = self._create(f"{segment.stream}.jsonl")
        text = plain.rstrip(b"\n")
        if text:
            self._lines[segment.stream].write(text + b"\n")

    def _media(self, segment: Segment, plain: bytes) -> None:
        try:
            parts = boxes(plain)
        except ValueError:
            self.left_out.append(segment)
            return
        initialisation = b"".join(box for kind, box in parts if kind in _INITIALISATION)
        track = self._tracks.get(segment.stream)
        if track is not None and not segment.is_whole and segment.index != track.next_index:
            return
        if track is None or initialisation != track.initialisation:
            track = self._begin(segment.stream, initialisation)
        track.out.write(b"".join(box for kind, box in parts if kind not in _INITIALISATION))
        track.next_index = segment.index + 1

    def _begin(self, stream: str, initialisation: bytes) -> _Track:
        before = self._tracks.get(stream)
        number = 1
        if before is not None:
            before.out.close()
            number = before.number + 1
        out = self._create(f"{stream}.mp4" if number == 1 else f"{stream}-{number}.mp4")
        out.write(initialisation)
        self._tracks[stream] = _Track(out, initialisation, number, 0)
        return self._tracks[stream]

    def _create(self, name: str) -> BinaryIO:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        self.paths.append(path)
        return path.open("wb")

    def close(self) -> None:
        """Close every file."""
        for track in self._tracks.values():
            track.out.close()
        for out in self._lines.values():
            out.close()
