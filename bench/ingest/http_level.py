"""The whole server under uploads: CPU against nginx's own PUT, open loop, twice too many.

`closed` lets our server and nginx take turns in short slices with the same generator, because a
shared machine has good and bad minutes; the ratio is the median over the rounds. nginx writes the
body to a file and flushes nothing; ours checks token and hash and answers when it is durable.
`open` keeps 2,000 candidates (two 150 KB segments each 5 s) on one process. `overload` asks for
twice that and more, then kills the server and looks for every segment that was acknowledged.
`idle` holds connections open between two uploads, as a candidate's browser does.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from pathlib import Path

from bench.ingest import nginx, process
from bench.ingest.report import Measurement, emit, median, table
from bench.ingest.servers import Server, allow_many_connections, invigil, nginx_put
from invigil.kit.packs.ports import SegmentKey
from invigil.kit.packs.store import PackStore, PackStoreSettings

QUESTIONS = ("closed", "open", "overload", "memory", "idle")
_CONNECTIONS = 64
_CROWD = 500
_PEAK = "peak_memory_mb"
_COLUMNS = [
    "server", "candidates", "puts_per_s", "mb_per_s", "cpu_ms", "p50_ms", "p99_ms", "refused_503",
    "late", "peak_memory_mb", "not_taken", "lost",
]  # fmt: skip


def load(server: Server, *options: str) -> dict[str, float]:
    """Run the generator against a server; return its figures with the server's CPU and memory."""
    before_s = process.cpu_s(server.pid)
    answer = subprocess.run(
        [
            *(sys.executable, "-m", "bench.ingest.loadgen"),
            *("--url", server.url, "--recipe", server.recipe, *options),
        ],
        env=os.environ | server.environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    figures: dict[str, float] = json.loads(answer.stdout)
    cpu_s = process.cpu_s(server.pid) - before_s
    figures["cpu_ms"] = cpu_s * 1000 / max(1, figures["acknowledged"])
    figures["memory_mb"] = process.memory_mb(server.pid)
    figures["peak_memory_mb"] = process.peak_memory_mb(server.pid)
    return figures


def closed(options: Namespace, directory: Path) -> None:
    """Which share of nginx's speed is left when every segment is checked and durable?"""
    count = (options.rounds + 1) * _CONNECTIONS
    rounds: list[dict[str, dict[str, float]]] = []
    with (
        invigil(directory / "ours", options.port, count) as ours,
        nginx_put(directory / "nginx", options.port + 1) as theirs,
    ):
        for number in range(options.rounds + 1):
            arguments = ("--seconds", "3", "--first", str(number * _CONNECTIONS))
            rounds.append({s.name: load(s, *arguments) for s in (ours, theirs)})
    del rounds[0]  # the first one warms up
    rows = [_row("ingest/closed", name, rounds) for name in ("invigil", "nginx")]
    ratios = [one["invigil"]["cpu_ms"] / one["nginx"]["cpu_ms"] for one in rounds]
    for row in rows:
        row["cpu_over_nginx"] = median(ratios) if row["server"] == "invigil" else 1.0
        emit(row)
    table("Closed loop, 64 connections, 150 KB", rows, [*_COLUMNS[:7], "cpu_over_nginx"])


def _row(question: str, name: str, rounds: list[dict[str, dict[str, float]]]) -> dict[str, object]:
    names = ("puts_per_s", "mb_per_s", "cpu_ms", "p50_ms", "p99_ms")
    figures = {figure: median([one[name][figure] for one in rounds]) for figure in names}
    return {"question": question, "server": name, "candidates": _CONNECTIONS} | figures


def open_loop(options: Namespace, directory: Path, candidates: int) -> None:
    """What do so many candidates feel, and is everything there that was acknowledged?"""
    acknowledged = directory / "acknowledged"
    with invigil(directory / "ours", options.port, candidates) as server:
        figures = load(
            server,
            *("--mode", "open", "--candidates", str(candidates)),
            *("--seconds", str(options.seconds), "--warmup", "5"),
            *("--acknowledged", str(acknowledged)),
        )
    lost = asyncio.run(missing(directory / "ours" / "packs", acknowledged.read_text().splitlines()))
    row: Measurement = {
        "question": "ingest/open",
        "server": "invigil",
        "candidates": candidates,
        **figures,
        "lost": lost,
    }
    emit(row)
    table(f"Open loop, {candidates} candidates, two 150 KB segments each 5 s", [row], _COLUMNS)


def memory(options: Namespace, directory: Path) -> None:
    """How much memory does the server need while 500 candidates all upload at the same moment?"""
    with invigil(directory / "ours", options.port, _CROWD) as server:
        before_mb = process.memory_mb(server.pid)
        figures = load(server, "--candidates", str(_CROWD), "--seconds", "10")
    row: Measurement = {
        "question": "ingest/memory",
        "server": "invigil",
        "candidates": _CROWD,
        "idle_memory_mb": before_mb,
        **figures,
    }
    emit(row)
    table("500 candidates upload at once", [row], [*_COLUMNS[:7], "idle_memory_mb", _PEAK])


def idle(options: Namespace, directory: Path) -> None:
    """How much memory does a connection take that waits for its next upload?"""
    with invigil(directory / "ours", options.port, 1) as server, ExitStack() as stack:
        for _ in range(_CROWD):  # what is made once is not a connection's
            stack.enter_context(_asked_once(options.port))
        before_mb = process.memory_mb(server.pid)
        for _ in range(options.candidates):
            stack.enter_context(_asked_once(options.port))
        kb = (process.memory_mb(server.pid) - before_mb) * 1000 / options.candidates
    row: Measurement = {
        "question": "ingest/idle",
        "server": "invigil",
        "candidates": options.candidates,
        "kb_per_connection": kb,
        "target_kb": 25,
    }
    emit(row)
    table("Connections that wait", [row], ["server", "candidates", "kb_per_connection"])


def _asked_once(port: int) -> socket.socket:
    """A connection that had one answer and stays open."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200"), answer[:100]
    return connection


async def missing(root: Path, acknowledged: list[str]) -> int:
    """Count acknowledged segments that are not kept with the right hash; every tenth is read."""
    store = await PackStore.open(PackStoreSettings(root, low_water_bytes=0))
    lost = 0
    for number, line in enumerate(acknowledged):
        attempt, stream, index, sha256 = line.split()
        key = SegmentKey(attempt, stream, int(index))
        stored = await store.locate(key)
        is_kept = stored is not None and stored.sha256.hex() == sha256
        if is_kept and number % 10 == 0:
            is_kept = hashlib.sha256(await store.read(key)).hexdigest() == sha256
        lost += not is_kept
    await store.close()
    return lost


def main() -> None:
    """Command line."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("question", choices=QUESTIONS)
    parser.add_argument("--port", type=int, default=8540, help="this one and the next are used")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=25)
    parser.add_argument("--candidates", type=int, default=2000)
    parser.add_argument("--dir", default=tempfile.gettempdir(), help="a directory on a real disk")
    options = parser.parse_args()
    if options.question == "closed" and not nginx.is_installed():
        parser.error("nginx is missing: apt-get install nginx-light")
    allow_many_connections()
    with tempfile.TemporaryDirectory(dir=options.dir) as directory:
        if options.question == "closed":
            closed(options, Path(directory))
        elif options.question == "memory":
            memory(options, Path(directory))
        elif options.question == "idle":
            idle(options, Path(directory))
        else:
            factor = 2 if options.question == "overload" else 1
            open_loop(options, Path(directory), options.candidates * factor)


if __name__ == "__main__":
    main()
