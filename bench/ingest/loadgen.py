"""Candidates that upload, as a process of its own.

Closed loop: each connection sends its next segment when the last is acknowledged; it finds the
ceiling. Open loop: each candidate owes one segment per stream every period at its own phase,
whether the server keeps up or not; latency counts from when the segment was due. A refusal (503,
429) is answered as the extension does it: keep the segment, wait what Retry-After says and up to
half as much again, send it again.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import importlib
import json
import os
import random
import resource
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from bench.ingest.connection import Answer, Broken, Connection, connect
from bench.ingest.recipes import Candidate
from bench.ingest.report import percentile

_BODIES = 32
_TAKEN = (200, 201, 204)
_LATER = (429, 503)


@dataclass(order=True, slots=True)
class Owed:
    """A segment of one candidate: `at` is when it may be sent, `due` when it was to be."""

    at: float
    due: float
    stream: str
    index: int
    tries: int = 0


@dataclass(slots=True)
class Tally:
    """What happened, over all candidates."""

    latencies_ms: list[float] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    taken: int = 0
    refused: int = 0
    broken: int = 0
    failed: Counter[int] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    left: int = 0


class Load:
    """One run of the generator."""

    def __init__(self, options: Namespace) -> None:
        self.options = options
        self.tally = Tally()
        recipe, function = options.recipe.split(":")
        self._recipe: Callable[[int], Candidate] = getattr(
            importlib.import_module(recipe), function
        )
        bodies = [os.urandom(options.bytes) for _ in range(_BODIES)]
        self._bodies = [(body, hashlib.sha256(body)) for body in bodies]
        self._connecting = asyncio.Semaphore(64)
        self._loop_time = time.perf_counter
        self.began = self.until = 0.0

    async def run(self) -> None:
        """Connect everybody, then upload until the time is over and what is owed is taken."""
        options = self.options
        numbers = range(options.first, options.first + options.candidates)
        people = [(self._recipe(number), await self._connect()) for number in numbers]
        self._cpu_before_s = _cpu_s()
        self.began = self._loop_time()
        self.until = self.began + options.seconds
        serve = self._closed if options.mode == "closed" else self._open
        await asyncio.gather(*(serve(person, line) for person, line in people))

    async def _connect(self) -> Connection:
        async with self._connecting:
            return await connect(self.options.url)

    async def _closed(self, person: Candidate, line: Connection) -> None:
        index = 0
        while (now := self._loop_time()) < self.until:
            owed = Owed(now, now, "screen", index)
            while not await self._send(person, line, owed):
                if self._loop_time() > self.until + self.options.drain:
                    return
                line = await self._wait(owed, line)
            index += 1
        line.close()

    async def _open(self, person: Candidate, line: Connection) -> None:
        """Two streams; what is refused goes to the back until it may be sent again."""
        options = self.options
        owed: list[Owed] = []
        for stream in options.streams.split(","):
            first = self.began + random.random() * options.period
            count = max(0, -int((first - self.until) // options.period))
            dues = [first + at * options.period for at in range(count)]
            owed += [Owed(due, due, stream, at) for at, due in enumerate(dues)]
        owed.sort(reverse=True)
        give_up = self.until + options.drain
        while owed and self._loop_time() < give_up:
            one = owed.pop()
            await asyncio.sleep(max(0.0, one.at - self._loop_time()))
            if not await self._send(person, line, one):
                line = await self._reconnected(line)
                owed.append(one)
                owed.sort(reverse=True)
        self.tally.left += len(owed)
        line.close()

    async def _wait(self, owed: Owed, line: Connection) -> Connection:
        await asyncio.sleep(max(0.0, owed.at - self._loop_time()))
        return await self._reconnected(line)

    async def _reconnected(self, line: Connection) -> Connection:
        while not line.is_open:
            try:
                line = await self._connect()
            except OSError:
                await asyncio.sleep(1)
        return line

    async def _send(self, person: Candidate, line: Connection, owed: Owed) -> bool:
        """Send a segment; return False when it has to be sent again at `owed.at`."""
        body, digest = self._bodies[(owed.index * 7 + hash(person.attempt)) % _BODIES]
        owed.tries += 1
        try:
            answer = await line.request(self._head(person, owed, digest.digest(), len(body)), body)
        except Broken:
            self.tally.broken += 1
            owed.at = self._loop_time() + random.random()
            return False
        return self._judge(
            answer, owed, f"{person.attempt} {owed.stream} {owed.index} {digest.hexdigest()}"
        )

    def _judge(self, answer: Answer, owed: Owed, line: str) -> bool:
        now = self._loop_time()
        if answer.status in _LATER:
            self.tally.refused += 1
            owed.at = now + max(0.1, answer.retry_after_s) * random.uniform(1, 1.5)
            return False
        if answer.status not in _TAKEN:
            self.tally.failed[answer.status] += 1
            return True
        self.tally.taken += now <= self.until
        self.tally.acknowledged.append(line)
        if owed.due - self.began >= self.options.warmup:
            times = self.tally.latencies_ms if owed.tries == 1 else self.tally.late_ms
            times.append((now - owed.due) * 1000)
        return True

    def _head(self, person: Candidate, owed: Owed, digest: bytes, length: int) -> bytes:
        parts = urlsplit(self.options.url)
        path = parts.path.replace("{attempt}", person.attempt)
        path = path.replace("{stream}", owed.stream).replace("{index}", str(owed.index))
        headers = "".join(f"{name}: {value}\r\n" for name, value in person.headers.items())
        return (
            f"PUT {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {length}\r\n"
            f"Content-Digest: sha-256=:{base64.b64encode(digest).decode()}:\r\n{headers}\r\n"
        ).encode()

    def result(self) -> dict[str, object]:
        """Return the figures of the run."""
        tally = self.tally
        latencies = sorted(tally.latencies_ms)
        return {
            "puts_per_s": tally.taken / self.options.seconds,
            "mb_per_s": tally.taken * self.options.bytes / self.options.seconds / 1e6,
            "p50_ms": percentile(latencies, 0.5),
            "p99_ms": percentile(latencies, 0.99),
            "max_ms": latencies[-1] if latencies else 0.0,
            "late": len(tally.late_ms),
            "late_p99_ms": percentile(tally.late_ms, 0.99),
            "acknowledged": len(tally.acknowledged),
            "refused_503": tally.refused,
            "failed": {str(status): count for status, count in tally.failed.items()},
            "broken": tally.broken,
            "not_taken": tally.left,
            "generator_cpu_s": _cpu_s() - self._cpu_before_s,
        }


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def parser() -> ArgumentParser:
    """Return the command line's parser."""
    options = ArgumentParser(description=__doc__)
    options.add_argument(
        "--url", required=True, help="http://host:port/…/{attempt}/{stream}/{index}"
    )
    options.add_argument("--recipe", default="bench.ingest.recipes:with_attempt_token")
    options.add_argument("--mode", choices=("closed", "open"), default="closed")
    options.add_argument("--candidates", type=int, default=64, help="one connection each")
    options.add_argument("--first", type=int, default=0, help="number of the first candidate")
    options.add_argument("--bytes", type=int, default=150_000)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument(
        "--warmup", type=float, default=0, help="seconds whose latencies are left out"
    )
    options.add_argument("--period", type=float, default=5, help="open loop: seconds per segment")
    options.add_argument("--streams", default="camera,screen")
    options.add_argument("--drain", type=float, default=90, help="open loop: seconds to catch up")
    options.add_argument("--acknowledged", type=Path, help="write attempt, stream, index, sha256")
    return options


async def main() -> None:
    """Run once and print the figures as one JSON line."""
    options = parser().parse_args()
    load = Load(options)
    began = time.perf_counter()
    await load.run()
    if options.acknowledged:
        options.acknowledged.write_text("".join(f"{one}\n" for one in load.tally.acknowledged))
    print(json.dumps(load.result() | {"wall_s": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
