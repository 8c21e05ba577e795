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
# What a person reads and what the command prints is judged by people, not by mutants.
MODULES = (
    "text",
    "notes",
    "tree",
    "statements",
    "trust",
    "leaves",
    "sealing",
    "archive",
    "attempt",
)
_OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore", "-k", "not command"]
_TESTS = str(ROOT / "verifier" / "tests")

Tell = Callable[[Outcome], None]


def run(tell: Tell, only: str | None = None, sample: int = 1) -> None:
    """Try each mutant; `only` names one module, `sample` takes every nth."""
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
        for module in MODULES
        if only in {None, module}
        for mutant in mutants((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    ][::sample]
    collected = _AfterCollection(tell, tried)
    if status := pytest.main([*_OPTIONS, "-s", _TESTS], plugins=[collected]):
        raise SystemExit(f"The verifier's tests cannot be collected: pytest says {status}.")
    _judge_anew(tell, collected.left)


class _AfterCollection:
    """Takes the place of pytest's own loop."""

    def __init__(self, tell: Tell, tried: list[tuple[str, Mutant]]) -> None:
        self._tell, self._tried = tell, tried
        self._calls = Calls(PACKAGE)
        self.left: list[tuple[str, Mutant]] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge every mutant instead of running the tests."""
        judge = Judge(session, self._calls)
        children = Children(self._tell)
        for module, mutant in self._tried:
            whole = compile(mutant.tree, str(PACKAGE / f"{module}.py"), "exec")
            found = _changed_function(whole, mutant)
            if found is not None and judge.knows(found[0]):
                children.add(_outcome(module, mutant), partial(judge.start, *found))
            else:
                self.left.append((module, mutant))
        children.finish()
        return True


def _judge_anew(tell: Tell, tried: list[tuple[str, Mutant]]) -> None:
    """The mutants whose change acts before a test is collected: each imports everything anew."""
    for name, imported in list(sys.modules.items()):
        if (getattr(imported, "__file__", None) or "").startswith(str(PACKAGE.parents[1])):
            del sys.modules[name]
    if tried and os.waitpid(fork(_pytest), 0)[1] != 0:
        raise SystemExit(NO_PROOF)
    children = Children(tell)
    for module, mutant in tried:
        children.add(_outcome(module, mutant), partial(_start_anew, module, mutant))
    children.finish()


def _pytest() -> int:
    return int(pytest.main([*_OPTIONS, _TESTS]))


def _start_anew(module: str, mutant: Mutant) -> int:
    changed = _Changed(f"invigil_verify.{module}", mutant.tree)
    sys.meta_path.insert(0, changed)
    child = fork(_pytest)
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
