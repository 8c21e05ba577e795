"""How long does the server take to list 1,000 attempts for a reviewer? All pages, in turn."""

import argparse
import json
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.ingest.report import emit, percentile, table
from invigil.attempts.life import State
from invigil.exams.models import Exam
from server.tests.factories.world import World
from tests.extension.stand import Stand

PORT = 8724


def main() -> None:
    """Make the attempts, then read the list again and again."""
    parser = argparse.ArgumentParser(prog="python -m bench.attempts_list", description=__doc__)
    parser.add_argument("--attempts", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        stand = Stand(Path(name), PORT, "http://127.0.0.1:1")
        stand.start_server()
        try:
            stand.prepare()
            fill(stand, options.attempts)
            times = [_read_all(stand, options.attempts) for _ in range(options.requests)]
        finally:
            stand.stop_server()
    row: dict[str, object] = {
        "question": "the whole list of attempts, all pages, ms",
        "attempts": options.attempts,
        "p50": percentile(times, 0.5),
        "p95": percentile(times, 0.95),
    }
    emit(row)
    table("List of attempts", [row], list(row))


def fill(stand: Stand, count: int) -> None:
    """Put so many attempts into the stand's exam: ended, with nothing recorded."""
    stand.with_world(lambda world: _fill(world, stand.exam, count))


async def _fill(world: World, exam_id: str, count: int) -> None:
    async with world.ports.database.transaction(writes=False) as session:
        exam = await session.get_one(Exam, exam_id)
    for _ in range(count):
        await world.attempt(exam, state=State.ENDED, is_opened=True)


def _read_all(stand: Stand, due: int) -> float:
    started = time.perf_counter()
    cursor, seen = "", 0
    while True:
        url = f"{stand.server}/api/exams/{stand.exam}/attempts{cursor}"
        request = urllib.request.Request(  # noqa: S310  our own server on loopback
            url, headers={"Authorization": f"Bearer {stand.staff_token}"}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310  the same
            page = json.load(answer)
        seen += len(page["attempts"])
        if page["next"] is None:
            break
        cursor = f"?cursor={page['next']}"
    if seen != due:
        raise SystemExit(f"{seen} attempts were listed, {due} are due.")
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
