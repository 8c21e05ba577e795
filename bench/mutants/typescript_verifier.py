"""Every mutant of the extension's verifier (packages/sealed) against its tests."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.mutants.report import Outcome

ROOT = Path(__file__).parents[2]
RUNNER = Path(__file__).with_name("sealed.ts")
# Sealing and what a person chooses words from are not a verdict.
_MODULES = (
    "text note checkpoint tree keylog root staff scope trust members opening leaves history log "
    "files receipt findings age attempt-secret schedule verify"
)
# Those that answer soonest first. The vectors' scripts are no tests.
_TESTS = (
    "text leaves notes edges statements trust keylog crooked tree verify attempt age unlock "
    "sitting attacks keyring"
)


def run(
    tell: Callable[[Outcome], None], only: str | None = None, *, sample: int, processes: int
) -> None:
    """Try each mutant; `only` names one module, `sample` takes every nth."""
    question = {
        "source": "packages/sealed/src",
        "modules": [name for name in _MODULES.split() if only in {None, name}],
        "tests": [f"packages/sealed/tests/{name}.test.ts" for name in _TESTS.split()],
        "sample": sample,
        "processes": processes,
    }
    for found in answers(question, ROOT):
        file, line = f"sealed/{found['file']}", found["line"]
        tell(Outcome(file, line, found["what"], killed=found["killed"]))


def answers(question: dict[str, Any], root: Path) -> Iterator[dict[str, Any]]:
    """Ask sealed.ts, which says what the question holds; its paths are below `root`."""
    command = ["node", str(RUNNER), json.dumps(question)]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        for line in runner.stdout:
            yield json.loads(line)
    if runner.returncode != 0:
        raise SystemExit(f"The TypeScript side stopped with status {runner.returncode}.")
