"""How long does a reviewer wait for a long attempt: verified, first picture, a jump elsewhere?

The whole of it: a real server, the built extension in a real Chromium, an attempt of three hours
with camera and screen. `python -m bench.review`, `--minutes 3 --seeks 5` for a quick look.
"""

import argparse
import os
import random
import tempfile
from pathlib import Path

from bench.attempts.make import LongAttempt, make_attempt
from bench.attempts_list import fill
from bench.ingest.report import emit, percentile, table
from bench.review.reviewer import Reviewer, reviewer
from tests.extension.stand import Stand

PORT = 8722
FULL_MINUTES = 180
RESULT = Path(__file__).parents[1] / "results" / "review.md"
HEAD = """# The reviewer's waits

Written by `python -m bench.review{arguments}`. A real server, the built extension in a real
Chromium, one attempt of {minutes} minutes with camera and screen ({leaves} entries, {mb:.0f} MB
sealed). {cores} cores; load when it began {load:.1f}.

| question | runs | p50 ms | p95 ms | most ms | target ms |
|---|---|---|---|---|---|
"""


def main() -> None:
    """Seal the attempt, open it several times, jump about in it."""
    parser = argparse.ArgumentParser(prog="python -m bench.review", description=__doc__)
    parser.add_argument("--minutes", type=int, default=FULL_MINUTES)
    parser.add_argument("--seeks", type=int, default=60)
    parser.add_argument("--openings", type=int, default=3)
    parser.add_argument("--attempts", type=int, default=1000, help="in the list")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stand = Stand(folder, PORT, "http://127.0.0.1:1")
        stand.start_server()
        try:
            stand.prepare()
            made = make_attempt(stand, folder, minutes=options.minutes)
            with reviewer(stand, folder) as who:
                rows = _openings(who, made.attempt, options.openings)
                rows.append(_seeks(who, options.minutes, options.seeks))
                rows.append(_list(who, stand, options.attempts))
        finally:
            stand.stop_server()
    for row in rows:
        emit(row | {"minutes": options.minutes, "leaves": made.leaves, "bytes": made.bytes})
    _write(rows, made, options, load)
    table("Review of a long attempt, ms", rows, ["question", "p50", "p95", "most", "target"])


def _openings(who: Reviewer, attempt: str, count: int) -> list[dict[str, object]]:
    found = [who.open(attempt) for _ in range(count)]
    # From the moment the keys are open: what verifying took is a question of its own.
    for one in found:
        one["first_frame_after_unlocking_ms"] = (
            one["first_frame_ms"] - one["verified_and_unlocked_ms"]
        )
    targets = {"verified_and_unlocked_ms": 3000, "first_frame_after_unlocking_ms": 1000}
    return [
        _row(name, [one[name] for one in found], targets.get(name)) for name in sorted(found[0])
    ]


def _seeks(who: Reviewer, minutes: int, count: int) -> dict[str, object]:
    chance = random.Random(1)
    moments = [chance.randrange(0, minutes * 60_000 - 2_000) for _ in range(count)]
    return _row("seek_ms", [who.seek(moment) for moment in moments], 300)


def _list(who: Reviewer, stand: Stand, count: int) -> dict[str, object]:
    fill(stand, count)
    # The long attempt is in the list too.
    times = [who.list_attempts(count + 1) for _ in range(5)]
    return _row(f"list_of_{count}_attempts_ms", times, None)


def _write(
    rows: list[dict[str, object]], made: LongAttempt, asked: argparse.Namespace, load: float
) -> None:
    head = HEAD.format(
        arguments="" if asked.minutes == FULL_MINUTES else f" --minutes {asked.minutes}",
        minutes=asked.minutes,
        leaves=made.leaves,
        mb=made.bytes / 1e6,
        cores=os.cpu_count(),
        load=load,
    )
    lines = [
        "| "
        + " | ".join(
            f"{value:.0f}" if isinstance(value, float) else str(value) for value in row.values()
        )
        + " |"
        for row in rows
    ]
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def _row(question: str, values: list[float], target: int | None) -> dict[str, object]:
    return {
        "question": question,
        "runs": len(values),
        "p50": percentile(values, 0.5),
        "p95": percentile(values, 0.95),
        "most": max(values),
        "target": target or "",
    }


if __name__ == "__main__":
    main()
