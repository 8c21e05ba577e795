"""`make mutants`: change both verifiers in small ways and see that a test notices each.

Exit status 1 when a mutant survives that bench/mutants/explained.json does not explain.
"""

import argparse
import sys

from bench.mutants import python_verifier, typescript_verifier
from bench.mutants.report import Outcome, explained


def main() -> int:
    """Run both sides, or the one that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument("--side", choices=("python", "typescript"))
    parser.add_argument("--only", help="one module, by its name without ending")
    parser.add_argument("--sample", type=int, default=1, help="only every nth mutant")
    options = parser.parse_args()
    count = Count()
    for name, run in (("python", python_verifier.run), ("typescript", typescript_verifier.run)):
        if options.side in {None, name}:
            run(count.tell, options.only, options.sample)
    print(f"{count.tried} mutants, {count.explained} alive as explained, {count.alive} alive")
    return 1 if count.alive else 0


class Count:
    """What became of the mutants so far; says each survivor when it is found."""

    def __init__(self) -> None:
        self.tried = self.alive = self.explained = 0

    def tell(self, outcome: Outcome) -> None:
        """Count one mutant."""
        self.tried += 1
        if self.tried % 25 == 0:
            print(f"{self.tried} mutants tried, now in {outcome.file}", flush=True)
        if outcome.killed:
            return
        if outcome.key in explained():
            self.explained += 1
            return
        self.alive += 1
        print(f"ALIVE line {outcome.line}: {outcome.key}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
