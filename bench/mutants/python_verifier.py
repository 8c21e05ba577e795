"""Every mutant of the Python verifier against its tests.

A change inside a function is judged by forks of one process that has collected the tests. A change
that acts during an import, or in a function that the collection itself calls, gets a process that
imports everything anew.
"""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings

from bench.mutants.changes import Mutant, mutants
from bench.mutants.judge import NO_PROOF, Calls, Children, Judge, Place, codes, fork, place_of
from bench.mutants.report import Outcome

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "verifier" / "src" / "invigil_verify"
_OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore", "-k", "not command"]

Tell = Callable[[Outcome], None]


@dataclass(frozen=True)
class Subject:
    """What is changed: modules of a package, and the folder of the tests that should notice."""

    package: Path
    modules: tuple[str, ...]
    tests: Path

    def path(self, module: str) -> Path:
        """A module's file."""
        return self.package / f"{module}.py"


# What a person reads and what the command prints is judged by people, not by mutants.
_MODULES = "text notes tree statements trust leaves sealing archive attempt"
VERIFIER = Subject(PACKAGE, tuple(_MODULES.split()), ROOT / "verifier" / "tests")


def run(tell: Tell, only: str | None = None, *, sample: int, processes: int) -> None:
    """Try each mutant; `only` names one module, `sample` takes every nth."""
    modules = tuple(name for name in VERIFIER.modules if only in {None, name})
    judge_all(replace(VERIFIER, modules=modules), Children(tell, processes), sample)


def judge_all(subject: Subject, children: Children, sample: int = 1) -> None:
    """Try every nth mutant of the subject."""
    # The first example that fails is enough, and slow is not wrong: the first run is watched.
    settings.register_profile(
        "mutants",
        phases=[Phase.explicit, Phase.generate],
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutants")
    tried = [
        (module, mutant)
        for module in subject.modules
        for mutant in mutants(subject.path(module).read_text(encoding="utf-8"))
    ][::sample]
    collected = _AfterCollection(subject, children, tried)
    if status := pytest.main([*_OPTIONS, "-s", str(subject.tests)], plugins=[collected]):
        raise SystemExit(f"The tests cannot be collected: pytest says {status}.")
    _judge_anew(subject, children, collected.left)


class _AfterCollection:
    """Takes the place of pytest's own loop."""

    def __init__(
        self, subject: Subject, children: Children, tried: list[tuple[str, Mutant]]
    ) -> None:
        self._subject, self._children, self._tried = subject, children, tried
        self._calls = Calls(subject.package)
        self.left: list[tuple[str, Mutant]] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge every mutant instead of running the tests."""
        judge = Judge(session, self._calls)
        for module, mutant in self._tried:
            whole = compile(mutant.tree, str(self._subject.path(module)), "exec")
            found = _changed_function(whole, mutant)
            if found is not None and judge.knows(found[0]):
                self._children.add(_outcome(module, mutant), partial(judge.start, *found))
            else:
                self.left.append((module, mutant))
        self._children.finish()
        return True


def _judge_anew(subject: Subject, children: Children, tried: list[tuple[str, Mutant]]) -> None:
    """The mutants whose change acts before a test is collected: each imports everything anew."""
    anew = (str(subject.package), str(subject.tests))
    for name, imported in list(sys.modules.items()):
        if (getattr(imported, "__file__", None) or "").startswith(anew):
            del sys.modules[name]
    tests = partial(_pytest, subject.tests)
    if tried and os.waitpid(fork(tests), 0)[1] != 0:
        raise SystemExit(NO_PROOF)
    for module, mutant in tried:
        changed = _Changed(f"{subject.package.name}.{module}", mutant.tree)
        children.add(_outcome(module, mutant), partial(_start_anew, changed, tests))
    children.finish()


def _pytest(tests: Path) -> int:
    return int(pytest.main([*_OPTIONS, str(tests)]))


def _start_anew(changed: "_Changed", tests: Callable[[], int]) -> int:
    sys.meta_path.insert(0, changed)
    child = fork(tests)
    sys.meta_path.remove(changed)
    return child


def _outcome(module: str, mutant: Mutant) -> Outcome:
    return Outcome(f"verifier/{module}.py", mutant.line, mutant.what, killed=False)


def _changed_function(whole: CodeType, mutant: Mutant) -> tuple[Place, CodeType] | None:
    for code in codes(whole):
        if code.co_firstlineno == mutant.function_line and code.co_name != "<module>":
            return place_of(code), code
    return None


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Lets the next import of a module find the mutant."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self._name = name
        self._code = compile(tree, f"<mutant of {name}>", "exec")

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The mutant for its own name; every other module is found as always."""
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the mutant's body in the new module."""
        exec(self._code, vars(module))  # noqa: S102  our own module, changed
