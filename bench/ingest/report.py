"""One JSON line per measurement on standard output, a readable table on standard error."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence

Measurement = Mapping[str, object]


def emit(measurement: Measurement) -> None:
    """Print one measurement as a JSON line, at once, with what is needed to judge and repeat it."""
    circumstances = {
        "command": f"python -m {_module()} {' '.join(_arguments())}".strip(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    print(json.dumps({**measurement, **circumstances}), flush=True)


def _module() -> str:
    spec = sys.modules["__main__"].__spec__
    return spec.name if spec is not None else "bench"


def _arguments() -> list[str]:
    """Return the command's arguments but the directory: it is this machine's."""
    given = sys.argv[1:]
    at = given.index("--dir") if "--dir" in given else len(given)
    return given[:at] + given[at + 2 :]


def table(title: str, rows: Sequence[Measurement], columns: Sequence[str]) -> None:
    """Print measurements side by side for a person."""
    cells = [list(columns), *([_text(row.get(name, "")) for name in columns] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(columns))]
    print(f"\n{title}", file=sys.stderr)
    for line in cells:
        padded = [
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  " + "  ".join(padded), file=sys.stderr)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of `values` lie; 0 when there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """Return the median (upper of the two in the middle)."""
    return percentile(values, 0.5)


def _text(value: object) -> str:
    return (
        f"{value:.3g}"
        if isinstance(value, float) and value < 100
        else (f"{value:.0f}" if isinstance(value, float) else str(value))
    )
