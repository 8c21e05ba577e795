"""`make mutants`: change both verifiers in small ways and see that a test notices each.

Exit status 1 when a mutant survives that bench/mutants/explained.json does not explain.
"""

import argparse
import os
import shlex
import sys
from pathlib import Path

from bench.mutants import python_verifier, typescript_verifier
from bench.mutants.report import Count, Table

SIDES = {"python": python_verifier.run, "typescript": typescript_verifier.run}


def main() -> int:
    """Run both sides, or the one that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument("--side", choices=tuple(SIDES))
    parser.add_argument("--only", help="one module, by its name without ending")
    parser.add_argument("--sample", type=int, default=1, help="only every nth mutant")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--table", type=Path, help="write what became of them here; the other side's part is kept"
    )
    options = parser.parse_args()
    count = Count()
    for side, run in SIDES.items():
        if options.side not in {None, side}:
            continue
        run(count.tell, options.only, sample=options.sample, processes=options.processes)
        if options.table is not None:
            command = shlex.join(["python", "-m", "bench.mutants", *sys.argv[1:]])
            Table(options.table).write(side, count, command)
    print(f"{count.tried} mutants, {count.explained} alive as explained, {count.alive} alive")
    return 1 if count.alive else 0


if __name__ == "__main__":
    sys.exit(main())
