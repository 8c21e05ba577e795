"""What a sitting costs: CPU seconds and memory of each process, sampled while it runs."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil

INTERVAL_S = 1.0
MB = 1_000_000


@dataclass
class Usage:
    """Of all processes of one kind together."""

    cpu_s: float = 0.0
    peak_memory_mb: float = 0.0


@dataclass
class Meter:
    """Samples families of processes; what they used before the first sample does not count."""

    roots: dict[str, psutil.Process]
    _first: dict[int, float] = field(default_factory=dict)
    _latest: dict[int, tuple[str, float]] = field(default_factory=dict)
    _peaks: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _done: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Sample until the block ends."""
        self._sample(is_first=True)
        thread = threading.Thread(target=self._sample_on, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join()
            self._sample()

    def usage(self) -> dict[str, Usage]:
        """By kind of process: `server`, `student browser`, `student extension` …"""
        found: dict[str, Usage] = defaultdict(Usage)
        for pid, (kind, cpu_s) in self._latest.items():
            found[kind].cpu_s += cpu_s - self._first[pid]
        for kind, peak in self._peaks.items():
            found[kind].peak_memory_mb = peak
        return {
            kind: Usage(round(usage.cpu_s, 2), round(usage.peak_memory_mb, 1))
            for kind, usage in sorted(found.items())
        }

    def _sample_on(self) -> None:
        while not self._done.wait(INTERVAL_S):
            self._sample()

    def _sample(self, *, is_first: bool = False) -> None:
        memory: dict[str, float] = defaultdict(float)
        for name, root in self.roots.items():
            with suppress(psutil.NoSuchProcess):
                for process in (root, *root.children(recursive=True)):
                    with suppress(psutil.NoSuchProcess):
                        self._note(name, process, memory, is_first=is_first)
        for kind, total in memory.items():
            self._peaks[kind] = max(self._peaks[kind], total)

    def _note(
        self, name: str, process: psutil.Process, memory: dict[str, float], *, is_first: bool
    ) -> None:
        kind = f"{name} {_role(process)}".strip()
        times = process.cpu_times()
        cpu_s = times.user + times.system
        self._first.setdefault(process.pid, cpu_s if is_first else 0.0)
        self._latest[process.pid] = (kind, cpu_s)
        # What is the process's own: shared libraries would be counted once for each of them.
        memory[kind] += process.memory_full_info().uss / MB


def _role(process: psutil.Process) -> str:
    """What a process of Chromium's is for; empty for any other program's."""
    words = process.cmdline()
    if not words or "chromium" not in words[0]:
        return ""
    kinds = [word.removeprefix("--type=") for word in words if word.startswith("--type=")]
    if "--extension-process" in words:
        return "extension"
    return kinds[0] if kinds else "browser"
