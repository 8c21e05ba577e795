"""Every mutant of the extension's verifier (packages/sealed) against its tests."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from bench.mutants.report import Outcome

ROOT = Path(__file__).parents[2]
RUNNER = Path(__file__).with_name("sealed.ts")


def run(tell: Callable[[Outcome], None], only: str | None = None, sample: int = 1) -> None:
    """Try each mutant; `only` names one module, `sample` takes every nth."""
    command = ["node", str(RUNNER), str(sample), *([only] if only else [])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        for line in runner.stdout:
            found = json.loads(line)
            tell(
                Outcome(
                    f"sealed/{found['file']}",
                    found["line"],
                    found["what"],
                    killed=found["killed"],
                )
            )
    if runner.returncode != 0:
        raise SystemExit(f"The TypeScript side stopped with status {runner.returncode}.")
