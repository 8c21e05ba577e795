"""What the server's packs and the export tell about the recording's way."""

import base64
import re
import sqlite3
import statistics
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

_MEMBER = re.compile(r"segments/(?P<stream>[a-z]+)-\d+\.age$")
_STORED = """
    SELECT name, position, stored_at_ms FROM segment JOIN stream USING (stream_id)
"""


def arrivals(index: Path) -> dict[tuple[str, int], int]:
    """When each file was durable (Unix ms), from the index of the server's packs."""
    with closing(sqlite3.connect(f"file:{index}?mode=ro", uri=True)) as database:
        return {(stream, place): at for stream, place, at in database.execute(_STORED)}


def bytes_per_stream(export: Path) -> dict[str, dict[str, int]]:
    """Files and bytes of each stream, as they are stored."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: {"files": 0, "bytes": 0})
    with zipfile.ZipFile(export) as archive:
        for member in archive.infolist():
            if segment := _MEMBER.match(member.filename):
                of_stream = found[segment["stream"]]
                of_stream["files"] += 1
                of_stream["bytes"] += member.file_size
    return dict(sorted(found.items()))


def lags_ms(export: Path, arrived: dict[tuple[str, int], int]) -> dict[str, dict[str, float]]:
    """From the end of what a file holds to its acknowledgement: encoding, sealing and upload."""
    opened, ends = _leaves(export)
    lags: dict[str, list[int]] = defaultdict(list)
    for (stream, index), end in ends.items():
        if (stream, index) in arrived:
            lags[stream].append(arrived[stream, index] - opened - end)
    return {stream: _summary(found) for stream, found in sorted(lags.items())}


def _leaves(export: Path) -> tuple[int, dict[tuple[str, int], int]]:
    """When the log was opened (Unix ms), and where each file ends (ms after that): sealed.md §7."""
    opened, ends = 0, {}
    with zipfile.ZipFile(export) as archive:
        for line in archive.read("attempt/leaves").split():
            words = base64.b64decode(line).decode().split("\n")
            if words[0] == "invigil/v1/open":
                opened = int(words[7])
            elif words[0] == "invigil/v1/segment":
                ends[words[2], int(words[3])] = int(words[4].split()[1])
    return opened, ends


def _summary(values: Sequence[int]) -> dict[str, float]:
    return {"median": statistics.median(values), "max": max(values)}
