"""Judges mutants with tests that were collected once: each is a fork with one function changed.

A test that never calls the changed function cannot notice the change and is not run.
"""

import gc
import json
import os
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest

from bench.mutants.report import Outcome

SECONDS = 120
NO_PROOF = "The tests fail without a mutant: a mutant's death proves nothing."
# A function of a module: the file, its qualified name, its first line.
Place = tuple[str, str, int]


def place_of(code: CodeType) -> Place:
    """What stays the same of a function when its body is changed."""
    return code.co_filename, code.co_qualname, code.co_firstlineno


class Calls:
    """Which functions of a folder were called since it was last asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._seen: set[Place] = set()
        sys.setprofile(self._see)

    def _see(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(self._folder):
            self._seen.add(place_of(frame.f_code))

    def since_last(self) -> set[Place]:
        """The functions called since the last question."""
        seen, self._seen = self._seen, set()
        return seen


class Judge:
    """The collected tests, the cheapest first, and the functions that each calls."""

    def __init__(self, session: pytest.Session, calls: Calls) -> None:
        self._items = session.items
        self._functions: dict[Place, list[FunctionType]] = defaultdict(list)
        for found in gc.get_objects():
            if isinstance(found, FunctionType):
                self._functions[place_of(found.__code__)].append(found)
        # Their results were made before a change could reach them.
        self._called_by_collection = calls.since_last()
        found = self._without_a_mutant(session, calls)
        self._order = sorted(range(len(found)), key=lambda at: found[at][0])
        self._calls = [{tuple(place) for place in places} for _, places in found]

    def _without_a_mutant(self, session: pytest.Session, calls: Calls) -> list[Any]:
        with tempfile.NamedTemporaryFile() as file:

            def measured() -> int:
                found = []
                for item in session.items:
                    started = time.process_time()
                    if not _passes(item):
                        return 1
                    found.append((time.process_time() - started, sorted(calls.since_last())))
                Path(file.name).write_text(json.dumps(found), encoding="utf-8")
                return 0

            if os.waitpid(fork(measured), 0)[1] != 0:
                raise SystemExit(NO_PROOF)
            sys.setprofile(None)
            read: list[Any] = json.loads(Path(file.name).read_text(encoding="utf-8"))
        return read

    def knows(self, place: Place) -> bool:
        """Whether the function can be changed after the tests were collected."""
        return place not in self._called_by_collection

    def start(self, place: Place, code: CodeType) -> int:
        """Start the tests that call the changed function, in a child; return its process id."""
        items = [self._items[at] for at in self._order if place in self._calls[at]]
        functions = self._functions[place]
        kept = functions[0].__code__
        for function in functions:
            function.__code__ = code
        child = fork(lambda: 0 if all(_passes(item) for item in items) else 1)
        for function in functions:
            function.__code__ = kept
        return child


class Children:
    """Some mutants at once, each in a process."""

    def __init__(self, tell: Callable[[Outcome], None], processes: int) -> None:
        self._tell, self._processes = tell, processes
        self._running: dict[int, Outcome] = {}

    def add(self, outcome: Outcome, start: Callable[[], int]) -> None:
        """Start a mutant's tests when there is room."""
        if len(self._running) == self._processes:
            self._wait()
        self._running[start()] = outcome

    def finish(self) -> None:
        """Wait for all that were started."""
        while self._running:
            self._wait()

    def _wait(self) -> None:
        pid, status = os.wait()
        # 0: every test passed. Anything else, a time-out's signal too: somebody noticed.
        self._tell(self._running.pop(pid).after(killed=status != 0))


def fork(work: Callable[[], int]) -> int:
    """Do the work in a child that says nothing and ends with its result, or 1 if it breaks."""
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        signal.alarm(SECONDS)
        try:
            status = work()
        except BaseException:  # noqa: BLE001  whatever a mutant breaks, it was noticed
            status = 1
        os._exit(status)
    return child


def _passes(item: pytest.Item) -> bool:
    before = item.session.testsfailed
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    return item.session.testsfailed == before


def codes(code: CodeType) -> Iterator[CodeType]:
    """The code of a module and of everything in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)
