"""What does a signed checkpoint cost? 2,000 candidates sign 200 of them a second.

Candidates on keep-alive connections append five leaves and a checkpoint to their logs, as the
extension does every ten seconds, here one after the other as fast as they are answered. Their
files are stored beforehand, so that only `POST log` is measured.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

import httpx
from sqlalchemy import select

from bench.ingest import process
from bench.ingest.recipes import DATA_DIR_VARIABLE, with_attempt_token
from bench.ingest.report import emit, percentile, table
from bench.ingest.servers import Server, invigil
from invigil.app import build_ports
from invigil.attempts.models import Attempt
from invigil.settings import Settings
from server.tests.evidence.sealing import Device, b64

_LEAVES = 5
_FILE = b"sealed"
_FIELD = f"sha-256=:{b64(hashlib.sha256(_FILE).digest())}:"


class Signer:
    """One candidate: prepares all requests first, then sends them."""

    def __init__(self, client: httpx.AsyncClient, device: Device, headers: dict[str, str]) -> None:
        self._client = client
        self._device = device
        self._headers = headers
        self._path = f"/api/attempts/{device.attempt}"
        self._requests: list[dict[str, object]] = []
        self.latencies_ms: list[float] = []

    async def prepare(self, appends: int) -> None:
        """Open the log and store the segments; sign a checkpoint for each append."""
        wrap = self._device.wrap
        await self._put(f"{self._path}/wrap", wrap, {})
        self._device.open()
        await self._append(self._request(0))
        for _ in range(appends):
            start = len(self._device.log)
            for _ in range(_LEAVES):
                segment = self._device.seal("events", _FILE)
                url = f"{self._path}/segments/events/{segment.index}"
                await self._put(url, _FILE, {"Content-Digest": _FIELD})
            self._requests.append(self._request(start))

    async def run(self) -> None:
        """Append everything, one request after the other."""
        for body in self._requests:
            began = time.perf_counter()
            await self._append(body)
            self.latencies_ms.append((time.perf_counter() - began) * 1000)

    def _request(self, start: int) -> dict[str, object]:
        leaves = [b64(leaf) for leaf in self._device.log[start:]]
        return {"from": start, "leaves": leaves, "checkpoint": self._device.checkpoint()}

    async def _append(self, body: dict[str, object]) -> None:
        answer = await self._client.post(f"{self._path}/log", json=body, headers=self._headers)
        answer.raise_for_status()

    async def _put(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        answer = await self._client.put(url, content=body, headers=self._headers | headers)
        answer.raise_for_status()


async def measure(options: Namespace, server: Server) -> dict[str, object]:
    """Let all candidates append; return the figures."""
    base = server.url.partition("/api/")[0]
    limits = httpx.Limits(max_connections=options.candidates)
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=60) as client:
        signers = await _signers(options, client)
        for each in signers:
            await each.prepare(options.appends)
        before_s, began = process.cpu_s(server.pid), time.perf_counter()
        await asyncio.gather(*(each.run() for each in signers))
        elapsed_s = time.perf_counter() - began
    count = options.candidates * options.appends
    latencies = [ms for each in signers for ms in each.latencies_ms]
    return {
        "question": "ingest/log",
        "server": "invigil",
        "candidates": options.candidates,
        "appends_per_s": count / elapsed_s,
        "cpu_ms": (process.cpu_s(server.pid) - before_s) * 1000 / count,
        "p50_ms": percentile(latencies, 0.5),
        "p99_ms": percentile(latencies, 0.99),
    }


async def _signers(options: Namespace, client: httpx.AsyncClient) -> list[Signer]:
    ports = build_ports(Settings(data_dir=Path(os.environ[DATA_DIR_VARIABLE])))
    async with ports.database.transaction(writes=False) as session:
        rows = {each.id: each for each in await session.scalars(select(Attempt))}
    await ports.database.close()
    signers = []
    for number in range(options.candidates):
        candidate = with_attempt_token(number)
        row = rows[candidate.attempt]
        device = Device("bench", row.id, f"exam/{row.exam_id}", row.nonce)
        signers.append(Signer(client, device, candidate.headers))
    return signers


def main() -> None:
    """Command line."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8540)
    parser.add_argument("--candidates", type=int, default=64)
    parser.add_argument("--appends", type=int, default=12, help="of each candidate")
    parser.add_argument("--dir", default=tempfile.gettempdir(), help="a directory on a real disk")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(dir=options.dir) as directory,
        invigil(Path(directory) / "ours", options.port, options.candidates) as server,
    ):
        os.environ |= server.environment
        row = asyncio.run(measure(options, server))
    emit(row)
    columns = ["server", "candidates", "appends_per_s", "cpu_ms", "p50_ms", "p99_ms"]
    table("Cosigned checkpoints of five leaves each", [row], columns)


if __name__ == "__main__":
    main()
