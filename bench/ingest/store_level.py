"""The store alone: durable segments per second, CPU and latency, against a file per segment.

Each measurement runs in a process of its own, and the ways take turns, because the disk of a
shared machine has good and bad minutes. Ratios are within one round; the median round is shown.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Protocol

from bench.ingest.file_store import FileStore
from bench.ingest.report import Measurement, emit, median, percentile, table
from invigil.kit.packs.pack import PackSize
from invigil.kit.packs.ports import IncomingSegment, SegmentKey
from invigil.kit.packs.store import PackStore, PackStoreSettings

WAYS = ("pack store", "file, 1 thread", "file, 8 threads")
_PRODUCERS = 64
_ATTEMPTS = 2000
_CHUNK_BYTES = 64 * 1024


class Store(Protocol):
    """What both ways have in common."""

    async def put(self, segment: IncomingSegment) -> object: ...
    async def close(self) -> None: ...


async def _open(way: str, root: Path, groups: int) -> Store:
    if way == "pack store":
        size = PackSize(step_bytes=(64 if groups < 8 else 16) * 1024 * 1024)
        return await PackStore.open(PackStoreSettings(root, size=size))
    return FileStore(root, int(way.split()[1]))


def _segment(number: int, options: Namespace, bodies: list[tuple[bytes, bytes]]) -> IncomingSegment:
    body, digest = bodies[number % len(bodies)]
    at = number % _ATTEMPTS
    chunks = [
        memoryview(body)[first : first + _CHUNK_BYTES]
        for first in range(0, len(body), _CHUNK_BYTES)
    ]
    key = SegmentKey(f"{at:026d}", "screen", number // _ATTEMPTS)
    return IncomingSegment(key, f"exam-{at % options.groups}", digest, len(body), chunks)


async def measure(options: Namespace) -> Measurement:
    """Let 64 producers store segments for a while; return the figures."""
    bodies = [
        (body, hashlib.sha256(body).digest())
        for body in (os.urandom(options.bytes) for _ in range(16))
    ]
    latencies_ms: list[float] = []
    with tempfile.TemporaryDirectory(dir=options.dir) as directory:
        store = await _open(options.way, Path(directory) / "store", options.groups)
        numbers = iter(range(10**9))
        until = time.perf_counter() + options.seconds

        async def produce() -> None:
            while (began := time.perf_counter()) < until:
                await store.put(_segment(next(numbers), options, bodies))
                latencies_ms.append((time.perf_counter() - began) * 1000)

        used, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        await asyncio.gather(*(produce() for _ in range(_PRODUCERS)))
        elapsed_s, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
        await store.close()
    count = len(latencies_ms)
    cpu_s = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return {
        "question": "ingest/store",
        "way": options.way,
        "kb": options.bytes // 1000,
        "groups": options.groups,
        "segments_per_s": count / elapsed_s,
        "mb_per_s": count * options.bytes / elapsed_s / 1e6,
        "cpu_ms": cpu_s * 1000 / count,
        "p50_ms": percentile(latencies_ms, 0.5),
        "p99_ms": percentile(latencies_ms, 0.99),
    }


def _in_own_process(options: Namespace, way: str) -> dict[str, float]:
    command = [sys.executable, "-m", __spec__.name, "--one", way]
    for name in ("bytes", "groups", "seconds", "dir"):
        command += [f"--{name}", str(getattr(options, name))]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, float] = json.loads(answer.stdout)
    return measured


def compare(options: Namespace) -> list[Measurement]:
    """Let the ways take turns; return the median of each figure, with ratios to the pack store."""
    rounds = [{way: _in_own_process(options, way) for way in WAYS} for _ in range(options.rounds)]
    rows: list[Measurement] = []
    for way in WAYS:
        figures = {
            name: median([one[way][name] for one in rounds])
            for name in ("segments_per_s", "mb_per_s", "cpu_ms", "p50_ms", "p99_ms")
        }
        ratios = [r["pack store"]["segments_per_s"] / r[way]["segments_per_s"] for r in rounds]
        row = {"question": "ingest/store", "way": way, "kb": options.bytes // 1000} | figures
        row["pack_is_faster_by"] = median(ratios)
        emit(row)
        rows.append(row)
    return rows


def main() -> None:
    """Command line."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--bytes", type=int, default=150_000)
    parser.add_argument("--groups", type=int, default=1, help="exams that run at the same time")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", default=tempfile.gettempdir(), help="a directory on a real disk")
    parser.add_argument("--one", dest="way", choices=WAYS, help="measure one way, in this process")
    options = parser.parse_args()
    if options.way:
        print(json.dumps(asyncio.run(measure(options))))
        return
    columns = ["way", "segments_per_s", "mb_per_s", "cpu_ms", "p50_ms", "p99_ms"]
    rows = compare(options)
    table(
        f"Durable segments of {options.bytes // 1000} KB, {_PRODUCERS} producers, median of "
        f"{options.rounds} rounds",
        rows,
        [*columns, "pack_is_faster_by"],
    )


if __name__ == "__main__":
    main()
